import { Component, inject, input } from '@angular/core'
import { Router } from '@angular/router'
import { Doing } from '../ui/doing.ts'
import { Icon } from '../ui/icon.ts'
import { Session } from './session.ts'
import { wayBack } from './way-back.ts'

@Component({
  selector: 'sl-sign-in-page',
  imports: [Icon],
  host: { class: 'door' },
  template: `
    <span class="lamp large" aria-hidden="true"></span>
    <h1>Sign in to Safelight</h1>
    @if (reason(); as reason) {
      <p class="hint" role="status">{{ reason }} Sign in to go on where you were.</p>
    }
    <form class="card form" (submit)="signIn($event, email.value, password.value)">
      <label class="field">
        <span>E-mail</span>
        <input #email name="email" type="email" autocomplete="username" required autofocus />
      </label>
      <label class="field">
        <span>Password</span>
        <input #password name="password" type="password" autocomplete="current-password" required />
      </label>
      @if (doing.trouble(); as trouble) {
        <p class="fault" role="alert"><sl-icon name="warn" />{{ trouble.message }}</p>
      }
      <button type="submit" class="main" [disabled]="doing.busy()">
        {{ doing.busy() ? 'Signing in …' : 'Sign in' }}
      </button>
    </form>
    <p class="hint">
      Nobody has an account yet? The server has printed a one-time link when it first started: open that.
    </p>
  `,
})
export class SignInPage {
  readonly to = input<string>()
  readonly #session = inject(Session)
  readonly #router = inject(Router)
  protected readonly doing = new Doing()

  protected reason(): string | null {
    const known = this.#session.known()
    return known.kind === 'out' ? known.reason : null
  }

  protected async signIn(event: Event, email: string, password: string): Promise<void> {
    event.preventDefault()
    if (await this.doing.run(() => this.#session.signIn({ email, password }))) {
      await this.#router.navigateByUrl(wayBack(this.to()))
    }
  }
}
