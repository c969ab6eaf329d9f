import { suspecting } from './chores.ts'
import type { Coordinator } from './coordinator.ts'
import type { Host } from './host.ts'
import type { MailId } from './message.ts'
import type { Clock } from './ports.ts'
import type { Resident } from './resident.ts'
import type { Runner } from './runner.ts'

/** A suspect's asynchronous turn keeps all others waiting for so long at the most. */
const aloneMaxMs = 1_000

/**
 * After a crash take-over, the first message of every actor that had mail runs alone, its id written
 * down first. One that kills its process is found by the next owner, counted, and buried at last.
 */
export class Suspects {
  readonly #host: Host
  readonly #clock: Clock
  readonly #coordinator: Coordinator
  readonly #runner: Runner
  readonly #rouse: (resident: Resident) => Promise<void>
  readonly #waiting: Resident[] = []
  #running = false
  #stopped = false
  /** Resolves when the suspect's turn has ended. */
  #turnEnded: ((resident: Resident) => void) | null = null
  examined = 0

  constructor(parts: {
    host: Host
    clock: Clock
    coordinator: Coordinator
    runner: Runner
    rouse: (resident: Resident) => Promise<void>
  }) {
    this.#host = parts.host
    this.#clock = parts.clock
    this.#coordinator = parts.coordinator
    this.#runner = parts.runner
    this.#rouse = parts.rouse
  }

  get waiting() {
    return this.#waiting.length
  }
  /** Shards stay here meanwhile: the next owner would not know whom to suspect. */
  get underWay() {
    return this.#running
  }
  examine(residents: readonly Resident[]) {
    this.#waiting.push(...residents)
    if (this.#running || this.#waiting.length === 0) return
    this.#running = true
    this.#coordinator.exclusive = true
    void this.#examineAll()
  }
  ended(resident: Resident) {
    this.#turnEnded?.(resident)
  }
  stop() {
    this.#stopped = true
    this.#turnEnded = null
    this.#waiting.length = 0
  }

  async #examineAll() {
    await this.#coordinator.flushed()
    for (let resident = this.#waiting.shift(); resident && !this.#stopped; resident = this.#waiting.shift()) {
      await this.#examine(resident)
    }
    if (this.#stopped) return
    await this.#write(null)
    this.#running = false
    this.#coordinator.exclusive = false
    this.#coordinator.kick()
  }

  async #examine(resident: Resident) {
    await this.#rouse(resident)
    const suspect = resident.mailbox.peek()
    if (!suspect || resident.running || resident.halted || this.#stopped) return
    this.examined++
    await this.#write(suspect.mail)
    if (this.#stopped || resident.halted || resident.mailbox.peek() !== suspect) return
    const over = this.#turnOf(resident)
    this.#runner.run(resident)
    if (resident.running) await over
    await this.#coordinator.flushed()
  }

  #turnOf(resident: Resident): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(aloneMaxMs, resolve)
      this.#turnEnded = (ended) => {
        if (ended !== resident) return
        cancel()
        this.#turnEnded = null
        resolve()
      }
    })
  }

  #write(suspect: MailId | null): Promise<void> {
    return new Promise((resolve) =>
      this.#coordinator.add(
        suspecting(this.#host, suspect && { lane: suspect.lane, seq: suspect.seq }, resolve),
      ),
    )
  }
}
