import { Component, computed, inject, signal } from '@angular/core'
import { toSignal } from '@angular/core/rxjs-interop'
import { RouterLink, RouterLinkActive } from '@angular/router'
import { catchError, of } from 'rxjs'
import { poolSign } from '../agents/words.ts'
import { Watching } from '../live/watching.ts'
import { Icon } from '../ui/icon.ts'
import type { Sign } from '../ui/tone.ts'

const unknown: Sign = {
  tone: 'off',
  icon: 'clock',
  word: 'Agents',
  meaning: 'How the agents are is not known yet.',
}

/** How the pool is, on every screen; the way to the agents. */
@Component({
  selector: 'sl-pool-badge',
  imports: [Icon, RouterLink, RouterLinkActive],
  template: `
    <a
      routerLink="/agents"
      routerLinkActive="here"
      ariaCurrentWhenActive="page"
      class="badge"
      aria-describedby="pool-tip"
      [attr.data-tone]="sign().tone"
      [class.dim]="isCut()"
    >
      <sl-icon [name]="sign().icon" />
      <span class="unseen">Agents: </span>
      <span>
        @for (part of parts(); track $index) {
          <span class="part">{{ part }}</span
          >{{ ' ' }}
        }
      </span>
    </a>
    <span class="tip" id="pool-tip" role="tooltip">{{ meaning() }}</span>
  `,
  host: {
    class: 'tipped',
    '[class.dismissed]': 'isDismissed()',
    '(document:keydown.escape)': 'isDismissed.set(true)',
    '(mouseleave)': 'isDismissed.set(false)',
    '(focusout)': 'isDismissed.set(false)',
  },
})
export class PoolBadge {
  readonly #watching = inject(Watching)
  readonly #pool = toSignal(this.#watching.feeds.pool$.pipe(catchError(() => of(undefined))))
  /** The tip stands over the screen: Escape takes it away. */
  protected readonly isDismissed = signal(false)
  protected readonly isCut = this.#watching.isCut
  protected readonly sign = computed(() => {
    const pool = this.#pool()
    return pool === undefined ? unknown : poolSign(pool)
  })
  // Where there is no room it breaks between these.
  protected readonly parts = computed(() => this.sign().word.replace(' · ', ' ·\n').split('\n'))
  protected readonly meaning = computed(() =>
    this.isCut() ? `${this.sign().meaning} (as last heard)` : this.sign().meaning,
  )
}
