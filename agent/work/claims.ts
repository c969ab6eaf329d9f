/** Asks for work where nothing is offered: in teams whose placement is `strict-pull`. */
import type { Offer } from '#specs/agent-link.ts'
import type { Server } from './attempt.ts'

export interface ClaimsParts {
  readonly server: Server
  readonly random: () => number
  readonly free: () => number
  readonly offered: (offer: Offer) => void
}

/** Where there was nothing to do, it asks again after so long. */
export const claimEveryMs = 5_000

export class Claims {
  readonly #parts: ClaimsParts
  #timer: NodeJS.Timeout | undefined
  #asking = false
  #on = false

  constructor(parts: ClaimsParts) {
    this.#parts = parts
  }

  start(): void {
    this.#on = true
    this.#wait(0)
  }

  stop(): void {
    this.#on = false
    clearTimeout(this.#timer)
  }

  /** A slot may have become free. */
  freed(): void {
    if (this.#on && !this.#asking) this.#wait(0)
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#ask(), ms)
  }

  async #ask(): Promise<void> {
    const { server, free, offered, random } = this.#parts
    const slots = free()
    if (slots > 0 && !this.#asking) {
      this.#asking = true
      try {
        const { offers } = await server.call('claim', { free: slots })
        for (const offer of offers) offered(offer)
      } catch {
        // It is away, or has nothing to say: asked again like any other time.
      }
      this.#asking = false
    }
    if (this.#on) this.#wait(claimEveryMs * (0.8 + 0.4 * random()))
  }
}
