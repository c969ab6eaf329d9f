import { Component, computed, inject } from '@angular/core'
import { Watching } from '../live/watching.ts'
import { Icon, type IconName } from '../ui/icon.ts'

type Look = { readonly word: string; readonly icon: IconName; readonly tone: string; readonly label: string }

/** Whether the screen is live, and the switch that holds it still. */
@Component({
  selector: 'sl-live-switch',
  imports: [Icon],
  template: `
    <button
      type="button"
      class="live"
      [attr.data-tone]="look().tone"
      [attr.aria-pressed]="watching.paused()"
      [attr.aria-label]="look().label"
      [title]="look().label"
      (click)="watching.paused.set(!watching.paused())"
    >
      <sl-icon [name]="look().icon" /><span class="word">{{ look().word }}</span>
    </button>
  `,
})
export class LiveSwitch {
  protected readonly watching = inject(Watching)
  protected readonly look = computed((): Look => {
    if (this.watching.paused())
      return { word: 'Held still', icon: 'pause', tone: 'warn', label: 'Held still. Go on with live updates' }
    if (this.watching.state().kind === 'live')
      return { word: 'Live', icon: 'dot', tone: 'good', label: 'Live. Hold updates still' }
    return { word: 'Connecting', icon: 'cut', tone: 'warn', label: 'Connecting. Hold updates still' }
  })
}
