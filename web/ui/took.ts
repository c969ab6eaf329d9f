import { Component, computed, inject, input } from '@angular/core'
import { lasting, lastingSoFar } from '../words/time.ts'
import { Clock } from './clock.ts'

/** How long something took, or takes so far. */
@Component({ selector: 'sl-took', template: `{{ words() }}` })
export class Took {
  readonly from = input.required<number | null>()
  readonly to = input.required<number | null>()
  readonly #clock = inject(Clock)
  protected readonly words = computed(() => {
    const [from, to] = [this.from(), this.to()]
    if (from === null) return '–'
    return to === null ? lastingSoFar(this.#clock.now() - from) : lasting(to - from)
  })
}
