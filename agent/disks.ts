/**
 * How much room is left where the roots are. A network drive that is away answers nothing for hours, and whoever has asked
 * it can't even end before it does: so another process asks, one at a time, and is given up when it takes too long.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { Disk } from '#specs/agents.ts'

const everyMs = 300_000
const patienceMs = 10_000
/** Killed, it is gone by then, unless the drive holds it. */
const killedMs = 1_000
const disksMax = 64
const usualTeller = fileURLToPath(new URL('disk-teller.ts', import.meta.url))

/** `device` says which file system it is. */
const Told = Disk.extend({ device: z.number() })
type Told = z.infer<typeof Told>

export class Disks {
  readonly #roots: readonly string[]
  readonly #teller: string
  #latest: readonly Disk[] = []
  #asked: ChildProcess | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(roots: readonly string[], teller = usualTeller) {
    this.#roots = roots
    this.#teller = teller
  }

  /** A file system each, by the first root on it; those that have not answered are left out. */
  get latest(): readonly Disk[] {
    return this.#latest
  }

  start(): void {
    void this.look()
    this.#timer = setInterval(() => void this.look(), everyMs)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#asked?.kill('SIGKILL')
  }

  /** Resolves when all have answered, or had time enough. Where the last question has not come to an end, none is asked. */
  async look(late = AbortSignal.timeout(patienceMs)): Promise<void> {
    if (this.#asked || this.#roots.length === 0) return
    const child = spawn(process.execPath, [this.#teller], { stdio: ['pipe', 'pipe', 'ignore'] })
    this.#asked = child
    const { promise: done, resolve } = Promise.withResolvers<void>()
    const ended = () => {
      this.#asked = undefined
      resolve()
    }
    child.once('error', ended).once('close', ended)
    // It may be gone before it has read.
    child.stdin.on('error', () => {})
    child.stdin.end(JSON.stringify(this.#roots))
    const told: Told[] = []
    createInterface(child.stdout).on('line', (line) => told.push(...readLine(line)))
    const giveUp = () => {
      child.kill('SIGKILL')
      setTimeout(resolve, killedMs).unref()
    }
    late.addEventListener('abort', giveUp)
    await done
    late.removeEventListener('abort', giveUp)
    this.#latest = disksOf(this.#roots, told)
  }
}

function readLine(line: string): Told[] {
  try {
    return [Told.parse(JSON.parse(line))]
  } catch {
    return []
  }
}

function disksOf(roots: readonly string[], told: readonly Told[]): Disk[] {
  const byDevice = new Map<number, Disk>()
  for (const root of roots) {
    const found = told.find(({ path }) => path === root)
    if (!found || byDevice.has(found.device) || byDevice.size >= disksMax) continue
    const { device, ...disk } = found
    byDevice.set(device, disk)
  }
  return [...byDevice.values()]
}
