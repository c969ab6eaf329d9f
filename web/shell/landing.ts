import { inject, Injectable } from '@angular/core'
import { NavigationEnd, Router } from '@angular/router'
import { filter, map, pairwise, startWith } from 'rxjs'

/**
 * What a browser does by itself when a page is loaded: after a change of screens the focus stands at the new screen's
 * heading, so that it is read out and the next Tab goes on from there. A filter or a tab is no new screen.
 */
@Injectable({ providedIn: 'root' })
export class Landing {
  readonly #screens$ = inject(Router).events.pipe(
    filter((event) => event instanceof NavigationEnd),
    map(({ urlAfterRedirects }) => urlAfterRedirects.split(/[?#]/)[0]),
    startWith(undefined),
    pairwise(),
    filter(([before, now]) => before !== undefined && before !== now),
  )

  start(): void {
    this.#screens$.subscribe(() => {
      // After the new screen has been drawn.
      requestAnimationFrame(() => focusHeading())
    })
  }
}

function focusHeading(): void {
  const target = document.querySelector<HTMLElement>('main h1') ?? document.querySelector<HTMLElement>('main')
  target?.setAttribute('tabindex', '-1')
  target?.focus()
}
