/** `safelight jobs`: submit, watch, cancel. */
import { type Command, InvalidArgumentError } from 'commander'
import type { Job, JobDetail } from '#specs/jobs.ts'
import { ago, progressOf, tableOf } from './print.ts'
import type { Terminal } from './terminal.ts'
import { follow } from './watch.ts'

interface SubmitOptions {
  readonly params: Record<string, unknown>
  readonly priority?: string
  readonly agent?: string
  readonly key?: string
  readonly watch?: boolean
}

export function jobCommands(program: Command, terminal: Terminal): void {
  const jobs = program.command('jobs').description('what agents are asked to do')
  jobs
    .command('list', { isDefault: true })
    .description('the latest jobs')
    .option('--state <state>', 'only those in this state')
    .option('--tool <tool>', 'only those of this tool')
    .option('--agent <agent>', 'only those of this agent')
    .option('--limit <count>', 'at most so many', Number, 20)
    .action((options: Record<string, string | number | undefined>) => list(terminal, options))
  jobs
    .command('show <job>')
    .description('one job')
    .action((job: string) => show(terminal, job))
  jobs
    .command('submit <tool> [params...]')
    .description("submit a job: 'safelight jobs submit photostats path=/photos'")
    .option('--params <json>', 'parameters as JSON', readJson, {})
    .option('--priority <priority>', 'low, normal, high, critical or 0 to 100')
    .option('--agent <agent>', 'only this agent may run it')
    .option('--key <key>', 'submitting again with the same key submits once')
    .option('--watch', 'stay until it has ended')
    .action((tool: string, pairs: string[], options: SubmitOptions) => submit(terminal, tool, pairs, options))
  jobs
    .command('watch <job>')
    .description('follow it to its end')
    .action((job: string) => watch(terminal, job))
  jobs
    .command('cancel <job>')
    .description('cancel it, even while it runs')
    .option('--reason <text>', 'why')
    .action((job: string, { reason }: { reason?: string }) => cancel(terminal, job, reason))
  jobs
    .command('retry <job>')
    .description('run it again, as a new job')
    .action((job: string) => retry(terminal, job))
  jobs
    .command('result <job>')
    .description('what it has found, as JSON')
    .action((job: string) => result(terminal, job))
  jobs
    .command('log <job>')
    .description('its log')
    .action((job: string) => log(terminal, job))
}

function readJson(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // Told below.
  }
  throw new InvalidArgumentError(`it must be a JSON object, like '{"path":"/photos"}'.`)
}

/** 'path=/photos' and 'steps=5': a value that is JSON is taken as such. */
export function paramsOf(pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new InvalidArgumentError(`'${pair}' must be name=value.`)
      return [pair.slice(0, at), valueOf(pair.slice(at + 1))]
    }),
  )
}
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

async function list(terminal: Terminal, query: Record<string, string | number | undefined>) {
  const { items } = await terminal.client().call('listJobs', { query })
  if (terminal.json) return terminal.say(JSON.stringify(items, null, 2))
  if (items.length === 0)
    return terminal.say("No jobs. 'safelight jobs submit selftest.echo' is a first one.")
  const rows = items.map((job) => [
    job.id,
    job.tool,
    job.state,
    String(job.priority),
    ago(job.submittedAt),
    progressOf(job.progress),
  ])
  for (const line of tableOf(['ID', 'TOOL', 'STATE', 'PRIORITY', 'SUBMITTED', 'PROGRESS'], rows))
    terminal.say(line)
}

async function show(terminal: Terminal, job: string) {
  const found = await terminal.client().call('getJob', { params: { job } })
  if (terminal.json) return terminal.say(JSON.stringify(found, null, 2))
  tell(terminal, found)
}

function tell(terminal: Terminal, job: JobDetail) {
  terminal.say(`${job.tool} ${job.id}: ${job.state}, submitted ${ago(job.submittedAt)}`)
  if (job.waiting) terminal.say(`  waits: ${job.waiting.detail}`)
  if (job.progress) terminal.say(`  ${progressOf(job.progress)}`)
  if (job.error) terminal.say(`  ${job.error.class}: ${job.error.message}`)
  for (const { number, agent, outcome } of job.attempts)
    terminal.say(`  attempt ${number} on ${agent}: ${outcome ?? 'under way'}`)
}

async function submit(terminal: Terminal, tool: string, pairs: readonly string[], options: SubmitOptions) {
  const { priority, agent, key } = options
  const body = {
    tool,
    params: { ...options.params, ...paramsOf(pairs) } as never,
    ...(priority !== undefined && { priority: valueOf(priority) as never }),
    ...(agent !== undefined && { agent }),
  }
  const headers = key === undefined ? {} : { 'idempotency-key': key }
  const job = await terminal.client().call('submitJob', { body, headers })
  if (options.watch) return watch(terminal, job.id)
  said(terminal, job, `${job.id} is ${job.state}. 'safelight jobs watch ${job.id}' follows it.`)
}

async function watch(terminal: Terminal, id: string) {
  let shown = ''
  const show = (line: string) => {
    if (line !== shown && !terminal.json) terminal.say(line)
    shown = line
  }
  const job = await follow(terminal.server(), id, {
    job: ({ state, waiting }) => show([state, waiting?.detail].filter(Boolean).join(': ')),
    line: show,
  })
  await ended(terminal, job)
}

async function ended(terminal: Terminal, job: JobDetail) {
  if (job.hasResult) await result(terminal, job.id)
  else if (terminal.json) terminal.say(JSON.stringify(job, null, 2))
  if (job.error) terminal.say(`${job.error.class}: ${job.error.message}`)
  if (!job.hasResult) terminal.fail()
}

async function cancel(terminal: Terminal, id: string, reason: string | undefined) {
  const body = reason === undefined ? {} : { reason }
  const job = await terminal.client().call('cancelJob', { params: { job: id }, body })
  said(terminal, job, `${job.id} is ${job.state}.`)
}

async function retry(terminal: Terminal, id: string) {
  const job = await terminal.client().call('retryJob', { params: { job: id }, body: {} })
  said(terminal, job, `It runs again as ${job.id}.`)
}

async function result(terminal: Terminal, id: string) {
  const response = await terminal.client().fetch('jobResult', { params: { job: id } })
  if (response.status === 202) return terminal.say('It has not ended yet.')
  const { output } = await terminal.client().call('jobResult', { params: { job: id } })
  terminal.say(JSON.stringify(output, null, 2))
}

async function log(terminal: Terminal, id: string) {
  let after: string | undefined
  do {
    const page = await terminal
      .client()
      .call('jobLog', { params: { job: id }, query: { after, limit: 1_000 } })
    for (const { at, level, text } of page.items)
      terminal.say(`${new Date(at).toISOString()} ${level.padEnd(5)} ${text}`)
    after = page.next ?? undefined
  } while (after !== undefined)
}

function said(terminal: Terminal, job: Job, sentence: string) {
  terminal.say(terminal.json ? JSON.stringify(job, null, 2) : sentence)
}
