import { Component, computed, input } from '@angular/core'
import type { Progress } from '#specs/jobs.ts'
import { number, percent } from '../words/amounts.ts'

/** How far a job is; where nobody knows the whole, that something moves. */
@Component({
  selector: 'sl-progress-bar',
  host: { class: 'progress' },
  template: `
    <span
      class="bar"
      role="progressbar"
      aria-valuemin="0"
      aria-valuemax="100"
      [attr.aria-label]="label()"
      [attr.aria-valuenow]="share()"
      [attr.aria-valuetext]="words()"
    >
      <span class="bar-fill" [class.unknown]="share() === null" [style.inline-size.%]="share()"></span>
    </span>
    @if (!bare()) {
      <span class="progress-words figures" aria-hidden="true">{{ words() }}</span>
    }
  `,
})
export class ProgressBar {
  readonly progress = input.required<Progress>()
  readonly label = input('Progress')
  /** Without words, where the screen says more beside it. */
  readonly bare = input(false)
  protected readonly share = computed(() => {
    const { done, total } = this.progress()
    return total === null || total === 0 ? null : percent(done, total)
  })
  protected readonly words = computed(() => {
    const { done, stage } = this.progress()
    const share = this.share()
    return `${stage} ${share === null ? number(Math.floor(done)) : `${share} %`}`
  })
}
