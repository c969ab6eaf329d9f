import { computed, inject, Injectable, signal } from '@angular/core'
import { takeUntilDestroyed, toObservable, toSignal } from '@angular/core/rxjs-interop'
import { filter, fromEvent, merge } from 'rxjs'
import { Api } from '../api/api.ts'
import { Feeds } from './feeds.ts'
import { Link } from './link.ts'
import { Live } from './live.ts'

/** The live connection of this page, and what comes over it. */
@Injectable({ providedIn: 'root' })
export class Watching {
  readonly #api = inject(Api)
  readonly link = new Link()
  /** True while the reader wants the screen to hold still. */
  readonly paused = signal(false)
  readonly feeds = new Feeds({
    live: new Live(this.link),
    paused$: toObservable(this.paused),
    over$: this.link.state$.pipe(filter(({ kind }) => kind === 'off')),
    listJobs: (query) => this.#api.call('listJobs', { query }),
  })
  readonly state = toSignal(this.link.state$, { requireSync: true })
  readonly isCut = computed(() => this.state().kind === 'cut')
  readonly isOutdated = toSignal(this.link.outdated$, { initialValue: false })

  constructor() {
    // A device that wakes up or finds its network again need not wait until it is time.
    const woken$ = merge(fromEvent(window, 'online'), fromEvent(document, 'visibilitychange'))
    woken$.pipe(takeUntilDestroyed()).subscribe(() => this.link.retry())
  }
}
