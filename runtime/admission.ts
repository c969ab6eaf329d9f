import type { Kind } from './definition.ts'
import { Refused } from './errors.ts'
import type { Residents } from './residents.ts'

/**
 * Who may wait for an actor. A mailbox has a bound, and what was let in from outside has its place there
 * from then on, so that all that is under way together can't be more than there is room for.
 */
export class Admission {
  readonly #residents: Residents
  /** Messages that are let in and not committed yet, by the actor they go to, here or elsewhere. */
  readonly #coming = new Map<string, number>()

  constructor(residents: Residents) {
    this.#residents = residents
  }

  isFull(kind: Kind, address: string): boolean {
    const waiting = this.#residents.find(address)?.mailbox.size ?? 0
    return waiting + (this.#coming.get(address) ?? 0) >= kind.mailboxMax
  }

  /** Keeps a place until `leave`. Throws Refused where there is none. */
  enter(kind: Kind, address: string) {
    if (this.isFull(kind, address)) throw new Refused('mailbox_full', fullMailbox(kind, address))
    this.#coming.set(address, (this.#coming.get(address) ?? 0) + 1)
  }
  leave(address: string) {
    const coming = this.#coming.get(address) ?? 0
    if (coming > 1) this.#coming.set(address, coming - 1)
    else this.#coming.delete(address)
  }
}

/** What the sender is told, and the dead letter says. */
export function fullMailbox(kind: Kind, address: string): string {
  return `the mailbox of ${address} is full (${kind.mailboxMax} messages)`
}
