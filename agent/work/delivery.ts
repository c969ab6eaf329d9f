/** Hands results in, until the server has said yes or no to each: for ever, across its outages and the agent's own end. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Finish } from '#specs/agent-link.ts'
import type { RunningAttempt } from '#specs/agents.ts'
import { messageOf } from '../exit-codes.ts'
import { LinkDown, mayPass } from '../link/link.ts'
import type { Log } from '../log.ts'
import type { Spool } from '../state/spool.ts'
import type { Server } from './attempt.ts'

/** The server is there, but can't take it now. */
const againFirstMs = 500
const againMostMs = 30_000

export interface DeliveryParts {
  readonly spool: Spool
  readonly server: Server
  readonly log: Log
  readonly random: () => number
  /** Sends what the attempt has told before its end, as far as it can be sent. */
  readonly flush: (attempt: RunningAttempt) => Promise<void>
  /** The server has answered; nobody has to keep anything of the attempt any more. */
  readonly settled: (attempt: RunningAttempt) => void
}

export class Delivery {
  readonly #parts: DeliveryParts
  readonly #closing = new AbortController()
  #running: Promise<void> | undefined
  #again = false

  constructor(parts: DeliveryParts) {
    this.#parts = parts
  }

  get pending(): readonly Finish[] {
    return this.#parts.spool.entries
  }

  /** Keeps a result on disk first, then hands it in. */
  async add(finish: Finish): Promise<void> {
    await this.#parts.spool.keep(finish)
    this.resume()
  }

  /** Hands in what is there: called when the server is there, too. */
  resume(): void {
    if (this.#closing.signal.aborted) return
    this.#again = true
    if (this.#running) return
    this.#running = this.#run().finally(() => {
      this.#running = undefined
      if (this.#again) this.resume()
    })
  }

  close(): void {
    this.#closing.abort()
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    for (let rounds = 0; this.#again && !signal.aborted; rounds++) {
      this.#again = false
      const put = await this.#round()
      if (!put || this.#again) continue
      const waitMs = Math.min(againMostMs, againFirstMs * 2 ** Math.min(rounds, 10))
      await pause(waitMs * (0.5 + this.#parts.random() / 2), undefined, { signal }).catch(() => {})
      this.#again = true
    }
  }

  /** True when the server has put something off. */
  async #round(): Promise<boolean> {
    let put = false
    for (const finish of this.pending) {
      try {
        await this.#handIn(finish)
      } catch (error) {
        // It is away: the next welcome starts another round.
        if (error instanceof LinkDown) return false
        put = true
        this.#parts.log.warn(`the result of ${finish.job} is put off: ${messageOf(error)}`)
      }
    }
    return put
  }

  async #handIn(finish: Finish): Promise<void> {
    const { server, log, flush, spool, settled } = this.#parts
    const { job, attempt, outcome } = finish
    await flush(finish)
    let tell: () => void
    try {
      const { accepted, reason } = await server.call('finish', finish)
      tell = accepted
        ? () => log.info(`${job}, attempt ${attempt}: ${outcome}${why(finish)}`)
        : () => log.warn(`the late result of ${job}, attempt ${attempt} is dropped: ${reason ?? 'refused'}`)
    } catch (error) {
      if (mayPass(error)) throw error
      tell = () => log.error(`the result of ${job}, attempt ${attempt} is dropped: ${messageOf(error)}`)
    }
    await spool.forget({ job, attempt })
    tell()
    settled({ job, attempt })
  }
}

function why({ error }: Finish): string {
  return error === undefined ? '' : ` (${error.class}: ${error.message})`
}
