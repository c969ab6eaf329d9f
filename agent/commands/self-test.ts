/** `safelight-agent self-test`: runs each check for real, and says what to do where one fails. */
import { randomUUID } from 'node:crypto'
import { readFileSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { io } from 'socket.io-client'
import { tableOf } from '#host/terminal.ts'
import { agentNamespace, protocolVersion } from '#specs/agent-link.ts'
import { type Ending, Failure, messageOf } from '../exit-codes.ts'
import { usualThreads } from '../load.ts'
import { askAgent } from '../local/ask.ts'
import type { Status } from '../local/words.ts'
import { newOpaque } from '../state/folder.ts'
import { removeDurably, writeDurably } from '../state/write.ts'
import { userAgent } from '../version.ts'
import { Pool } from '../work/pool.ts'
import type { Command } from './surroundings.ts'

type Verdict = 'ok' | 'warn' | 'fail'
interface Finding {
  readonly check: string
  readonly verdict: Verdict
  readonly detail: string
  /** What to do, where something is to be done. */
  readonly remedy: string
}
type Check = (command: Command, running: Status | null) => Promise<Omit<Finding, 'check'>>

const callMs = 5_000
const spareBytes = 100 * 2 ** 20
const clockOffMaxMs = 60_000
const taskMs = 10_000

const checks: Readonly<Record<string, Check>> = {
  folder: checkFolder,
  disk: checkDisk,
  registration: checkRegistration,
  server: checkServer,
  clock: checkClock,
  socket: checkSocket,
  threads: checkThreads,
  roots: checkRoots,
}

export async function selfTestCommand(command: Command): Promise<Ending> {
  command.folder.prepare()
  const running = await askAgent(command.folder.path, 'status').catch(() => null)
  const findings: Finding[] = []
  for (const [check, look] of Object.entries(checks))
    findings.push({ check, ...(await look(command, running).catch(asFailure)) })
  if (command.json) command.say(JSON.stringify(findings, null, 2))
  else {
    command.say(tableOf(findings.map(({ check, verdict, detail }) => [verdict, check, detail])))
    for (const { check, remedy } of findings) if (remedy !== '') command.say(`${check}: ${remedy}`)
  }
  return findings.some(({ verdict }) => verdict === 'fail') ? 'failed' : 'done'
}

function ok(detail: string) {
  return { verdict: 'ok' as const, detail, remedy: '' }
}
function bad(verdict: Verdict, detail: string, remedy: string) {
  return { verdict, detail, remedy }
}
function asFailure(error: unknown) {
  return bad(
    'fail',
    messageOf(error),
    error instanceof Failure ? '' : 'please report this: it is not expected',
  )
}

async function checkFolder({ folder }: Command) {
  const path = join(folder.spool, `self-test-${randomUUID()}.check`)
  try {
    await writeDurably(path, 'written')
    const read = readFileSync(path, 'utf8')
    await removeDurably(path)
    if (read === 'written') return ok(`${folder.path} keeps what is written`)
    return bad('fail', `${folder.path} does not keep what is written`, 'choose another disk with --state')
  } catch (error) {
    return bad(
      'fail',
      `${folder.path}: ${messageOf(error)}`,
      'make it writable for this user, or choose another one with --state',
    )
  }
}

async function checkDisk({ folder }: Command) {
  const { bavail, bsize } = statfsSync(folder.path)
  const free = bavail * bsize
  const detail = `${Math.round(free / 2 ** 20)} MB free`
  return free >= spareBytes
    ? ok(detail)
    : bad('warn', detail, `make room: results are kept in ${folder.path} until the server takes them`)
}

async function checkRegistration({ folder }: Command) {
  const identity = folder.identity()
  if (identity) return ok(`'${identity.name}' (${identity.agent}) with ${identity.server}`)
  return bad('fail', 'not registered', 'safelight-agent register --server <address> --token <token>')
}

async function checkServer(command: Command) {
  const server = serverOf(command)
  const from = performance.now()
  try {
    const response = await fetch(new URL('/livez', server), { signal: AbortSignal.timeout(callMs) })
    const ms = Math.round(performance.now() - from)
    if (response.ok) return ok(`${server} answers in ${ms} ms`)
    return bad(
      'fail',
      `${server} answers with the status ${response.status}`,
      'is it a Safelight server, and what is in between?',
    )
  } catch (error) {
    const { cause } = error as { cause?: unknown }
    return bad(
      'fail',
      `${server} can't be reached: ${messageOf(cause ?? error)}`,
      'check the address, the network and any firewall',
    )
  }
}

async function checkClock(command: Command) {
  const response = await fetch(new URL('/livez', serverOf(command)), {
    signal: AbortSignal.timeout(callMs),
  }).catch(() => null)
  const date = Date.parse(response?.headers.get('date') ?? '')
  if (Number.isNaN(date)) return bad('warn', "the server's time is not known", '')
  const offMs = Math.abs(Date.now() - date)
  if (offMs < clockOffMaxMs) return ok('agrees with the server')
  return bad(
    'warn',
    `${Math.round(offMs / 1_000)} s off`,
    "set the machine's clock: log lines would carry wrong times",
  )
}

/** Opens a socket with the key and closes it before it says anything; a running agent has one, so that one is asked. */
async function checkSocket(command: Command, running: Status | null) {
  if (running?.link === 'socket') return ok('the running agent has one')
  if (running?.link === 'http')
    return bad(
      'warn',
      'the running agent has to do without',
      'let WebSocket through between here and the server',
    )
  const identity = command.folder.identity()
  if (!identity) return bad('fail', 'not tried: not registered', '')
  const installation = await command.folder.installation()
  const socket = io(new URL(agentNamespace, serverOf(command)).href, {
    auth: { key: identity.key, protocol: protocolVersion, installation, boot: newOpaque() },
    extraHeaders: { 'user-agent': userAgent },
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    timeout: callMs,
  })
  try {
    const opened = new Promise((resolve, reject) =>
      socket.once('connect', () => resolve(null)).once('connect_error', reject),
    )
    await opened
    return ok('can be had, and the key is good')
  } catch (error) {
    const { data, message } = error as { data?: { detail?: string }; message: string }
    if (data !== undefined)
      return bad('fail', `the server refuses: ${data.detail ?? message}`, 'register again with a new token')
    return bad(
      'fail',
      `can't be had: ${message}`,
      'let WebSocket through between here and the server; without it, jobs arrive up to a second later',
    )
  } finally {
    socket.disconnect()
  }
}

/** Has all threads work at once. */
async function checkThreads({ values }: Command) {
  const threads = values.threads ?? usualThreads(values.slots)
  const pool = new Pool({ threads, threadMemoryMb: values.threadMemoryMb, roots: [] })
  try {
    const task = { tool: 'selftest.map', params: { count: 1_000 }, attempt: 1 }
    const jobs = Array.from({ length: threads }, () => pool.start(task, () => {}))
    for (const job of jobs) job.stop(taskMs)
    const ends = await Promise.all(jobs.map((job) => job.ended))
    const dead = ends.filter((end) => end.how !== 'returned')
    if (dead.length === 0) return ok(`${threads} work`)
    return bad(
      'fail',
      `${dead.length} of ${threads} do not work: ${JSON.stringify(dead[0])}`,
      'give them more memory with --thread-memory-mb, or have fewer with --threads',
    )
  } finally {
    await pool.close()
  }
}

/** By the tool that will look into them, on a thread: a dead network folder holds up neither this nor an agent. */
async function checkRoots({ values }: Command) {
  const { roots, threadMemoryMb } = values
  if (roots.length === 0)
    return bad(
      'warn',
      'none: this agent may look into no folder',
      'name folders with --root, or as "roots" in its settings',
    )
  const pool = new Pool({ threads: 1, threadMemoryMb, roots })
  const faults: string[] = []
  try {
    for (const root of roots) {
      const fault = await faultOf(pool, root)
      if (fault !== null) faults.push(fault)
    }
  } finally {
    await pool.close()
  }
  if (faults.length === 0) return ok(roots.join(', '))
  return bad('fail', faults.join('; '), 'connect the disk, or let this user read the folder')
}

async function faultOf(pool: Pool, root: string): Promise<string | null> {
  const job = pool.start({ tool: 'photostats', params: { path: root }, attempt: 1 }, ({ type }) => {
    // It lists the folder: that is enough.
    if (type === 'progress') job.stop(taskMs)
  })
  const timer = setTimeout(() => job.stop(0), taskMs)
  const end = await job.ended
  clearTimeout(timer)
  if (end.how === 'killed') return `${root} does not answer within ${taskMs} ms`
  if (end.how === 'returned' && end.end.outcome === 'failed') return end.end.error.message
  return null
}

function serverOf({ values, folder }: Command): string {
  const server = values.server ?? folder.identity()?.server
  if (server === undefined) throw new Failure('misused', 'no server is named: --server <address>')
  return server
}
