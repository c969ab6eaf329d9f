import { Component, computed, inject, input } from '@angular/core'
import { ago, exactly } from '../words/time.ts'
import { Clock } from './clock.ts'

/** A time as a distance from now, the exact one in its title. */
@Component({
  selector: 'sl-ago',
  template: `<time [attr.datetime]="iso()" [title]="exact()">{{ words() }}</time>`,
})
export class Ago {
  readonly at = input.required<number>()
  readonly #clock = inject(Clock)
  protected readonly words = computed(() => ago(this.at(), this.#clock.now()))
  protected readonly exact = computed(() => exactly(this.at()))
  protected readonly iso = computed(() => new Date(this.at()).toISOString())
}
