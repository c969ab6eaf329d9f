import { Component, computed, inject } from '@angular/core'
import { Watching } from '../live/watching.ts'
import { Icon } from '../ui/icon.ts'
import { Clock } from '../ui/clock.ts'
import { Took } from '../ui/took.ts'

const patienceMs = 1_000

/** Says that the screen may be old, why, and what to do. */
@Component({
  selector: 'sl-cut-off',
  imports: [Icon, Took],
  template: `
    @if (watching.isOutdated()) {
      <div class="banner" role="alert">
        <sl-icon name="again" />
        <p>Safelight was updated. Reload the page to go on.</p>
        <button type="button" (click)="reload()">Reload the page</button>
      </div>
    } @else if (since(); as since) {
      <div class="banner" role="status">
        <sl-icon name="cut" />
        <p>
          The connection to the server is lost. What you see is as it was
          <span aria-hidden="true"><sl-took [from]="since" [to]="null" /> ago</span>. It is tried again by
          itself.
        </p>
        <button type="button" (click)="watching.link.retry()">Try now</button>
      </div>
    }
  `,
})
export class CutOff {
  protected readonly watching = inject(Watching)
  readonly #clock = inject(Clock)
  protected readonly since = computed(() => {
    const state = this.watching.state()
    // Most cuts are over before anybody would have read of them.
    return state.kind === 'cut' && this.#clock.now() - state.since >= patienceMs ? state.since : null
  })

  protected reload(): void {
    location.reload()
  }
}
