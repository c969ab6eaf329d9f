import { Component, computed, inject } from '@angular/core'
import { RouterOutlet } from '@angular/router'
import { Session } from '../session/session.ts'
import { Icon } from '../ui/icon.ts'
import { Notices } from '../ui/notices.ts'
import { Failed } from '../ui/states.ts'
import { CutOff } from './cut-off.ts'
import { Header } from './header.ts'
import { Landing } from './landing.ts'

/** The frame around every screen. */
@Component({
  selector: 'sl-root',
  imports: [CutOff, Failed, Header, Icon, RouterOutlet],
  template: `
    <a class="skip" href="#main" (click)="skip($event, main)">Skip to the content</a>
    @if (session.me()) {
      <sl-header />
      <sl-cut-off />
    }
    <main #main id="main" tabindex="-1">
      @if (trouble(); as trouble) {
        <h1 class="unseen">Safelight</h1>
        <sl-failed heading="Safelight can't be reached" [error]="trouble" (again)="session.ask()">
          <p>It is tried again by itself.</p>
        </sl-failed>
      }
      <router-outlet />
    </main>
    <div class="notices" role="status">
      @for (notice of notices.all(); track notice.id) {
        <p class="notice" [attr.data-tone]="notice.tone">
          <sl-icon [name]="notice.tone === 'good' ? 'check' : 'warn'" />
          <span>{{ notice.text }}</span>
          <button
            type="button"
            class="bare"
            aria-label="Close the message"
            (click)="notices.close(notice.id)"
          >
            <sl-icon name="cross" />
          </button>
        </p>
      }
    </div>
  `,
})
export class Root {
  protected readonly session = inject(Session)
  protected readonly notices = inject(Notices)
  protected readonly trouble = computed(() => {
    const known = this.session.known()
    return known.kind === 'unknown' ? known.trouble : null
  })

  constructor() {
    inject(Landing).start()
  }

  // An address of '#main' alone would mean another page, by the base address.
  protected skip(event: Event, main: HTMLElement): void {
    event.preventDefault()
    main.focus()
  }
}
