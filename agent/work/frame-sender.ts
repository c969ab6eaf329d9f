/** Sends an attempt's frames: the first at once, then what has gathered every 50 ms, one batch at a time. */
import type { Accepted, Frame } from '#specs/agent-link.ts'
import { mayPass, Refused } from '../link/link.ts'
import { FrameLog, type Told } from './frame-log.ts'

export const batchEveryMs = 50
/** The server has too much to do. */
const notNowMs = 1_000

type Send = (frames: Frame[]) => Promise<Accepted>

export class FrameSender {
  readonly log = new FrameLog()
  readonly #send: Send
  readonly #refused: (reason: string) => void
  #timer: NodeJS.Timeout | undefined
  #notBefore = -Infinity
  #sending: Promise<boolean> | undefined
  #halted = false

  /** `refused`: the server does not want them, because somebody else has the job. */
  constructor(send: Send, refused: (reason: string) => void) {
    this.#send = send
    this.#refused = refused
  }

  tell(told: Told): void {
    this.log.add(told)
    this.#schedule()
  }

  /** The server is there again: what has waited goes now. */
  resume(): void {
    this.#halted = false
    this.#schedule()
  }

  /** Sends all that waits. Resolves when it is sent, or can't be sent now. */
  async flush(): Promise<void> {
    this.stop()
    while ((await this.#sendBatch()) && this.log.waiting > 0);
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #schedule(): void {
    if (this.#halted || this.#timer || this.#sending || this.log.waiting === 0) return
    const waitMs = Math.max(0, this.#notBefore - performance.now())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#sendBatch()
    }, waitMs)
  }

  /** False when nothing more can be sent now. */
  #sendBatch(): Promise<boolean> {
    this.#sending ??= this.#tryBatch().finally(() => {
      this.#sending = undefined
      this.#schedule()
    })
    return this.#sending
  }

  async #tryBatch(): Promise<boolean> {
    const frames = this.log.batch()
    const last = frames.at(-1)?.seq
    if (last === undefined) return true
    this.#notBefore = performance.now() + batchEveryMs
    try {
      const { accepted, reason } = await this.#send(frames)
      this.log.confirm(last)
      if (!accepted) this.#refused(reason ?? 'the server does not want its frames')
    } catch (error) {
      // Not now: they wait a little. Never: they are not wanted. No answer: they wait for the next welcome.
      if (!(error instanceof Refused)) this.#halted = true
      else if (!mayPass(error)) this.log.confirm(last)
      else this.#notBefore = performance.now() + (error.problem.retryAfterMs ?? notNowMs)
      return false
    }
    return true
  }
}
