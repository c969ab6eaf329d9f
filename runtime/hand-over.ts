import type { Asks } from './asks.ts'
import type { Coordinator } from './coordinator.ts'
import type { DeferredWindow } from './deferred-window.ts'
import type { Intake } from './intake.ts'
import type { Received } from './mailbox.ts'
import type { Clock } from './ports.ts'
import type { Residents } from './residents.ts'
import type { Sending } from './send-item.ts'

const lookAgainMs = 20

export interface HandOverParts {
  readonly clock: Clock
  readonly stopMs: number
  readonly intake: Intake
  readonly residents: Residents
  readonly coordinator: Coordinator
  readonly window: DeferredWindow
  readonly asks: Asks
  send(sending: Sending, sent: () => void, failed: (error: Error) => void): void
  readonly over: () => boolean
}

/** Takes shards out of memory in good order: turns end, their effects are committed, the rest is forgotten. */
export class HandOver {
  readonly #parts: HandOverParts

  constructor(parts: HandOverParts) {
    this.#parts = parts
  }

  async handOver(shards: readonly number[]) {
    const { intake, residents, coordinator, window } = this.#parts
    const leaving = new Set(shards)
    intake.close(shards)
    for (const resident of residents.all()) if (leaving.has(resident.shard)) resident.halted = true
    await this.#turnsEnded(leaving)
    await coordinator.flushed()
    const dropped = residents.drop(({ shard }) => leaving.has(shard))
    coordinator.forget(new Set(dropped))
    const left = dropped.flatMap(({ running, mailbox }) => [
      ...(running ? [running] : []),
      ...mailbox.drain(),
    ])
    for (const received of left) if (received.source === 'ask') this.reroute(received)
    intake.forget(shards)
    window.reset(intake.openShards)
  }

  /** An ask has no row: it goes on as mail, to whoever owns its actor next. */
  reroute({ mail }: Received) {
    const { kind, key, type, sender, trace, rare } = mail
    const message = { kind, key, type, input: mail.body === 'null' ? undefined : JSON.parse(mail.body) }
    const sending = { message, from: sender, trace, rare, dedupe: null, instead: null }
    const fail = (error: Error) => rare?.replyTo && this.#parts.asks.fail(rare.replyTo.ask, error)
    this.#parts.send(sending, () => {}, fail)
  }

  /** Asynchronous turns may end, for a while. Whatever is still under way then is void. */
  async #turnsEnded(shards: ReadonlySet<number>) {
    const { clock, stopMs, residents, over } = this.#parts
    const until = clock.now() + stopMs
    const running = () =>
      residents.all().some((resident) => resident.running !== null && shards.has(resident.shard))
    while (running() && clock.now() < until && !over()) {
      await new Promise<void>((resolve) => clock.after(lookAgainMs, resolve))
    }
    // At once, and not when all is committed: one that ends in the meantime would be committed after that.
    for (const resident of residents.all()) if (shards.has(resident.shard)) resident.era++
  }
}
