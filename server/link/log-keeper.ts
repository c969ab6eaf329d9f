/**
 * Keeps what attempts log: gathered in memory, and usually written in one insert a second at most. What a server has taken in that
 * second goes with it when it dies; so an agent that comes back is asked for what it has told since the last line that was written.
 */
import { lastLogged, writeLog } from '#db/product/link.ts'
import { CommitRejected, reasonOf, storable } from '#runtime/errors.ts'
import type { Log } from '#runtime/index.ts'
import type { Link } from '#runtime/postgres/link.ts'
import type { Frame } from '#specs/agent-link.ts'
import type { RunningAttempt } from '#specs/agents.ts'

type LogFrame = Extract<Frame, { type: 'log' }>
interface Line {
  readonly team: string
  readonly job: string
  readonly attempt: number
  readonly frame: LogFrame
}
export interface LogKeeperOptions {
  readonly link: Link
  readonly log: Log
  readonly everyMs?: number
}

const everyDefaultMs = 1_000
/** Of one attempt. What a tool says beyond that is shown live and forgotten. */
const attemptLinesMax = 20_000
/** Waiting for the database. */
const waitingMax = 50_000
const insertMax = 5_000
/** The end of the year 9999: an agent's clock may say anything. */
const atMax = 253_402_300_799_000

export class LogKeeper {
  readonly #options: LogKeeperOptions
  readonly #counts = new Map<string, number>()
  #waiting: Line[] = []
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(options: LogKeeperOptions) {
    this.#options = options
  }

  add(team: string, job: string, attempt: number, frames: readonly Frame[]): void {
    const key = keyOf(team, job, attempt)
    let count = this.#counts.get(key) ?? 0
    for (const frame of frames) {
      if (frame.type !== 'log' || ++count > attemptLinesMax) continue
      const last = count === attemptLinesMax
      const kept: LogFrame = last
        ? {
            ...frame,
            level: 'warn',
            text: `This attempt has logged ${attemptLinesMax} lines; no more are kept.`,
          }
        : frame
      this.#waiting.push({ team, job, attempt, frame: kept })
    }
    this.#counts.set(key, count)
    if (this.#waiting.length > waitingMax) this.#shed()
    if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#flush(), this.#everyMs)
  }

  /** The attempt has ended: nothing more comes. Whoever says so of another team's attempt says it of none. */
  end(team: string, job: string, attempt: number): void {
    this.#counts.delete(keyOf(team, job, attempt))
  }

  /** Takes from the agent what it has told since the last line of its attempts that was written. */
  async recover(
    team: string,
    attempts: readonly RunningAttempt[],
    replay: (job: string, attempt: number, after: number) => Promise<readonly Frame[]>,
  ): Promise<void> {
    if (attempts.length === 0) return
    const columns = [attempts.map(({ job }) => job), attempts.map(({ attempt }) => attempt)] as const
    const rows = await this.#options.link.read((client) => lastLogged.run(client, team, ...columns))
    for (const { job, attempt, seq } of rows) this.add(team, job, attempt, await replay(job, attempt, seq))
  }

  /** Writes at once what waits. What the database does not take now waits on. */
  async written(): Promise<void> {
    if (this.#waiting.length > 0) this.#flush()
    await this.#writing
  }

  async stop(): Promise<void> {
    await this.written()
    clearTimeout(this.#timer)
  }

  get #everyMs() {
    return this.#options.everyMs ?? everyDefaultMs
  }

  #shed() {
    const shed = this.#waiting.length - waitingMax
    this.#waiting.splice(0, shed)
    this.#options.log.warn('log lines are lost, because the database takes none', { lines: shed })
  }

  #flush() {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#write())
  }

  async #write() {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting.splice(0, insertMax)
      try {
        await this.#options.link.read((client) => writeLog.run(client, ...columnsOf(lines)))
      } catch (error) {
        const facts = { lines: lines.length, reason: reasonOf(error) }
        if (error instanceof CommitRejected) {
          this.#options.log.error('the database refuses log lines; they are lost', facts)
          continue
        }
        // Kept for the next time: a line that was written after all is the same line.
        this.#waiting.unshift(...lines)
        this.#options.log.warn('log lines wait for the database', facts)
        this.#timer ??= setTimeout(() => this.#flush(), this.#everyMs)
        return
      }
    }
  }
}

function keyOf(team: string, job: string, attempt: number): string {
  return `${team} ${job} ${attempt}`
}

function columnsOf(lines: readonly Line[]) {
  return [
    lines.map(({ team }) => team),
    lines.map(({ job }) => job),
    lines.map(({ attempt }) => attempt),
    lines.map(({ frame }) => frame.seq),
    lines.map(({ frame }) => Math.min(frame.at, atMax)),
    lines.map(({ frame }) => frame.level),
    lines.map(({ frame }) => storable(frame.text)),
  ] as const
}
