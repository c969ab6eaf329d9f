/** What a tool tells, before it leaves the thread: cut to size, and not more of it than anybody can use. */
import { type LogLine, Progress } from '#specs/jobs.ts'
import type { ThreadSays } from './messages.ts'

/** Progress is told ten times a second at most. */
export const progressEveryMs = 100
/** Lines of the log: so many at once, then so many a second. */
export const logBurst = 1_000
export const logPerSecond = 500
const lineMax = 4_000
const stageMax = 100
const currentMax = 1_000
const messageMax = 500

type Say = (says: ThreadSays) => void
type GivenProgress = Partial<Progress> & Pick<Progress, 'stage' | 'done'>

export class Telling {
  readonly #say: Say
  #toldAt = -Infinity
  #waiting: Progress | undefined
  #timer: NodeJS.Timeout | undefined
  #allowance = logBurst
  #allowedAt = performance.now()
  #leftOut = 0

  constructor(say: Say) {
    this.#say = say
  }

  /** The latest is told in the end, whatever was left out between. */
  progress(given: GivenProgress): void {
    const progress = sized(given)
    if (progress === null)
      return this.log('warn', `the tool told a progress that makes no sense: ${JSON.stringify(given)}`)
    this.#waiting = progress
    const waitMs = this.#toldAt + progressEveryMs - performance.now()
    if (waitMs <= 0) this.#tellProgress()
    else this.#timer ??= setTimeout(() => this.#tellProgress(), waitMs).unref()
  }

  #tellProgress(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const progress = this.#waiting
    if (progress === undefined) return
    this.#waiting = undefined
    this.#toldAt = performance.now()
    this.#say({ type: 'progress', at: Date.now(), progress })
  }

  log(level: LogLine['level'], text: string): void {
    const now = performance.now()
    this.#allowance = Math.min(logBurst, this.#allowance + ((now - this.#allowedAt) / 1_000) * logPerSecond)
    this.#allowedAt = now
    if (this.#allowance < 1) return void this.#leftOut++
    this.#allowance -= 1
    this.#sayLeftOut()
    this.#say({ type: 'log', at: Date.now(), level, text: cut(text, lineMax) })
  }

  #sayLeftOut(): void {
    if (this.#leftOut === 0) return
    const text = `${this.#leftOut} lines left out: the tool wrote more than ${logPerSecond} a second`
    this.#leftOut = 0
    this.#say({ type: 'log', at: Date.now(), level: 'warn', text })
  }

  /** Tells what is still waiting. */
  finish(): void {
    this.#tellProgress()
    this.#sayLeftOut()
  }
}

function sized({
  stage,
  done,
  total = null,
  current = null,
  message = null,
}: GivenProgress): Progress | null {
  const parsed = Progress.safeParse({
    stage: cut(stage, stageMax),
    done,
    total,
    current: current === null ? null : cut(current, currentMax),
    message: message === null ? null : cut(message, messageMax),
  })
  return parsed.success ? parsed.data : null
}

/** Never leaves half a character behind, which no database would take. */
export function cut(text: string, max: number): string {
  return (text.length > max ? `${text.slice(0, max - 1)}…` : text).toWellFormed()
}
