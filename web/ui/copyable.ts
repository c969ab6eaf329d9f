import { Component, inject, input } from '@angular/core'
import { copyText } from './copy.ts'
import { Icon } from './icon.ts'
import { Notices } from './notices.ts'

/** A text that one often needs elsewhere: an id, an address. A click copies it. */
@Component({
  selector: 'sl-copyable',
  imports: [Icon],
  host: { class: 'copyable' },
  template: `
    <button type="button" [attr.aria-label]="'Copy ' + what() + ' ' + text()" (click)="copy()">
      <code>{{ text() }}</code
      ><sl-icon name="copy" />
    </button>
  `,
})
export class Copyable {
  readonly text = input.required<string>()
  readonly what = input('')
  readonly #notices = inject(Notices)

  protected async copy(): Promise<void> {
    if (await copyText(this.text())) this.#notices.say('Copied.')
    else this.#notices.warn('The browser does not allow copying; select the text instead.')
  }
}
