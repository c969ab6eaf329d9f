import { Component, inject } from '@angular/core'
import { RouterLink, RouterLinkActive } from '@angular/router'
import { Session } from '../session/session.ts'
import { Icon } from '../ui/icon.ts'
import { Menu } from '../ui/menu.ts'
import { Notices } from '../ui/notices.ts'
import { asTrouble } from '../api/trouble.ts'
import { LiveSwitch } from './live-switch.ts'
import { PoolBadge } from './pool-badge.ts'
import { ThemeSwitch } from './theme-switch.ts'

/** What stands above every screen. */
@Component({
  selector: 'sl-header',
  imports: [Icon, LiveSwitch, Menu, PoolBadge, RouterLink, RouterLinkActive, ThemeSwitch],
  templateUrl: './header.html',
})
export class Header {
  readonly #notices = inject(Notices)
  protected readonly session = inject(Session)

  protected async signOut(): Promise<void> {
    try {
      await this.session.signOut()
    } catch (error) {
      this.#notices.warn(asTrouble(error).message)
    }
  }
}
