import { Component, input } from '@angular/core'
import { Icon } from './icon.ts'
import type { Sign } from './tone.ts'

/** A state: colour, icon and word. */
@Component({
  selector: 'sl-chip',
  imports: [Icon],
  host: { class: 'chip', '[attr.data-tone]': 'sign().tone', '[title]': 'sign().meaning' },
  template: `<sl-icon [name]="sign().icon" />{{ sign().word }}`,
})
export class Chip {
  readonly sign = input.required<Sign>()
}
