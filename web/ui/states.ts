import { Component, computed, inject, input, output } from '@angular/core'
import { asTrouble } from '../api/trouble.ts'
import { Watching } from '../live/watching.ts'
import { Icon, type IconName } from './icon.ts'

/** Nothing is there: says why, and what to do (in the content). */
@Component({
  selector: 'sl-empty',
  imports: [Icon],
  host: { class: 'state' },
  template: `
    <span class="state-mark"><sl-icon [name]="icon()" /></span>
    <h2>{{ heading() }}</h2>
    <ng-content />
  `,
})
export class Empty {
  readonly icon = input<IconName>('film')
  readonly heading = input.required<string>()
}

/** Something is on its way. */
@Component({
  selector: 'sl-loading',
  host: { class: 'loading', role: 'status' },
  template: `
    <span class="unseen">Loading {{ what() }}</span>
    @if (isCut()) {
      <p>There is no connection to the server; {{ what() }} will show as soon as there is.</p>
    }
    @for (row of rows; track row) {
      <span class="bone" aria-hidden="true"></span>
    }
  `,
})
export class Loading {
  readonly what = input.required<string>()
  protected readonly isCut = inject(Watching).isCut
  protected readonly rows = [1, 2, 3, 4]
}

/** It did not work: says why, and offers to try again where that may help. */
@Component({
  selector: 'sl-failed',
  imports: [Icon],
  host: { class: 'state', role: 'alert' },
  template: `
    <span class="state-mark" data-tone="bad"><sl-icon name="warn" /></span>
    <h2>{{ heading() }}</h2>
    <p>{{ trouble().message }}</p>
    <div class="row">
      @if (trouble().code === 'outdated') {
        <button type="button" class="main" (click)="reload()">Reload the page</button>
      } @else if (trouble().code !== 'not_found') {
        <button type="button" (click)="again.emit()"><sl-icon name="again" />Try again</button>
      }
      <ng-content />
    </div>
  `,
})
export class Failed {
  readonly heading = input('That did not work')
  readonly error = input.required<unknown>()
  readonly again = output()
  protected readonly trouble = computed(() => asTrouble(this.error()))

  protected reload(): void {
    location.reload()
  }
}
