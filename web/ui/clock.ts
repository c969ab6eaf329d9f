import { DestroyRef, inject, Injectable, signal } from '@angular/core'
import { serverNow } from '../api/server-clock.ts'

const tickMs = 1_000

/** The time as the server has it, once a second. */
@Injectable({ providedIn: 'root' })
export class Clock {
  readonly #now = signal(serverNow())
  readonly now = this.#now.asReadonly()

  constructor() {
    const timer = setInterval(() => this.#now.set(serverNow()), tickMs)
    inject(DestroyRef).onDestroy(() => clearInterval(timer))
  }
}
