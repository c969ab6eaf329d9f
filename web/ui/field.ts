import { Component, input } from '@angular/core'
import { Icon } from './icon.ts'

/** A label, what it labels (in the content), help, and what is wrong with it. The control names `<for>-note`. */
@Component({
  selector: 'sl-field',
  imports: [Icon],
  host: { class: 'field' },
  template: `
    <label [attr.for]="for()">{{ label() }}</label>
    <ng-content />
    <div class="note" [id]="for() + '-note'" aria-live="polite">
      @if (problem(); as problem) {
        <p class="fault"><sl-icon name="warn" />{{ problem }}</p>
      } @else if (help()) {
        <p>{{ help() }}</p>
      }
    </div>
  `,
})
export class Field {
  readonly label = input.required<string>()
  readonly for = input.required<string>()
  readonly help = input<string | null>(null)
  readonly problem = input<string | null>(null)
}
