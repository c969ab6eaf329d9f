import { Component, computed, input } from '@angular/core'

/** A share of a whole, as a bar with its number. */
@Component({
  selector: 'sl-meter',
  host: { class: 'meter', '[attr.data-high]': 'rounded() >= 90 ? true : null' },
  template: `
    <span class="meter-label">{{ label() }}</span>
    <span
      class="bar"
      role="meter"
      aria-valuemin="0"
      aria-valuemax="100"
      [attr.aria-label]="label()"
      [attr.aria-valuenow]="rounded()"
    >
      <span class="bar-fill" [style.inline-size.%]="rounded()"></span>
    </span>
    <span class="figures" aria-hidden="true">{{ rounded() }} %</span>
  `,
})
export class Meter {
  readonly label = input.required<string>()
  readonly percent = input.required<number>()
  protected readonly rounded = computed(() => Math.round(Math.min(100, Math.max(0, this.percent()))))
}
