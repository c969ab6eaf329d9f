import { Component, computed, inject } from '@angular/core'
import { Icon, type IconName } from '../ui/icon.ts'
import { ThemeChoice, type Theme } from './theme.ts'

const icons: Readonly<Record<Theme, IconName>> = { system: 'half', light: 'sun', dark: 'moon' }
const words: Readonly<Record<Theme, string>> = { system: 'as the system', light: 'light', dark: 'dark' }

@Component({
  selector: 'sl-theme-switch',
  imports: [Icon],
  template: `
    <button
      type="button"
      class="quiet"
      [attr.aria-label]="label()"
      [title]="label()"
      (click)="choice.choose(choice.next())"
    >
      <sl-icon [name]="icon()" />
    </button>
  `,
})
export class ThemeSwitch {
  protected readonly choice = inject(ThemeChoice)
  protected readonly icon = computed(() => icons[this.choice.chosen()])
  protected readonly label = computed(
    () => `Theme: ${words[this.choice.chosen()]}. Change to ${words[this.choice.next()]}`,
  )
}
