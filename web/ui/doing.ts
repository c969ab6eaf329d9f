import { signal, type Signal } from '@angular/core'
import { asTrouble, type Trouble } from '../api/trouble.ts'

/** Something the user has started: whether it is under way, and why it failed. */
export class Doing {
  readonly #busy = signal(false)
  readonly #trouble = signal<Trouble | null>(null)
  readonly busy: Signal<boolean> = this.#busy.asReadonly()
  readonly trouble: Signal<Trouble | null> = this.#trouble.asReadonly()

  /** Does it unless it is under way already; true when it was done. */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.#busy()) return false
    this.#busy.set(true)
    this.#trouble.set(null)
    try {
      await work()
      return true
    } catch (error) {
      this.#trouble.set(asTrouble(error))
      return false
    } finally {
      this.#busy.set(false)
    }
  }

  forget(): void {
    this.#trouble.set(null)
  }
}
