import { computed, inject, Injectable, signal } from '@angular/core'
import { toObservable } from '@angular/core/rxjs-interop'
import { Router } from '@angular/router'
import { filter, firstValueFrom } from 'rxjs'
import { roles, type Me, type Role } from '#specs/people.ts'
import { Api } from '../api/api.ts'
import type { AnswerTo } from '../api/call.ts'
import type { Asked } from '../api/request.ts'
import { asTrouble, type Trouble } from '../api/trouble.ts'
import type { RouteOf } from '#specs/routes.ts'
import { Watching } from '../live/watching.ts'

export type Known =
  | { readonly kind: 'asking' }
  | { readonly kind: 'in'; readonly me: Me }
  | { readonly kind: 'out'; readonly reason: string | null }
  | { readonly kind: 'unknown'; readonly trouble: Trouble }

type Settled = Extract<Known, { kind: 'in' | 'out' }>

function isSettled(known: Known): known is Settled {
  return known.kind === 'in' || known.kind === 'out'
}

const retryMs = 3_000

/** Who is signed in. */
@Injectable({ providedIn: 'root' })
export class Session {
  readonly #api = inject(Api)
  readonly #watching = inject(Watching)
  readonly #router = inject(Router)
  readonly #known = signal<Known>({ kind: 'asking' })
  readonly #known$ = toObservable(this.#known)
  #asking: Promise<void> | undefined

  readonly known = this.#known.asReadonly()
  readonly me = computed(() => {
    const known = this.#known()
    return known.kind === 'in' ? known.me : null
  })

  constructor() {
    this.#api.signedOut$.subscribe(() => this.#end('Your session has ended.'))
    this.#watching.link.signedOut$.subscribe((reason) => this.#end(reason))
  }

  /** Whether the user may do what needs the role. */
  may(role: Role): boolean {
    const me = this.me()
    return me !== null && roles.indexOf(me.user.role) >= roles.indexOf(role)
  }

  /** Resolves once it is known whether somebody is signed in. */
  async settled(): Promise<Settled> {
    const known = this.#known()
    // The stream is a moment behind the signal.
    if (isSettled(known)) return known
    if (known.kind === 'asking') void this.ask()
    return firstValueFrom(this.#known$.pipe(filter(isSettled)))
  }

  /** Asks the server who this is. */
  ask(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined))
    return this.#asking
  }

  async signIn(body: Asked<RouteOf<'signIn'>>['body']): Promise<void> {
    this.#begin(await this.#api.call('signIn', { body }))
  }

  async welcome(body: Asked<RouteOf<'welcome'>>['body']): Promise<void> {
    this.#begin(await this.#api.call('welcome', { body }))
  }

  async signOut(): Promise<void> {
    await this.#api.call('signOut', {})
    this.#end(null)
  }

  async #ask(): Promise<void> {
    try {
      this.#begin(await this.#api.call('me', {}))
    } catch (error) {
      const trouble = asTrouble(error)
      if (trouble.code === 'not_signed_in') this.#known.set({ kind: 'out', reason: null })
      else this.#wait(trouble)
    }
  }

  #wait(trouble: Trouble): void {
    this.#known.set({ kind: 'unknown', trouble })
    setTimeout(() => void this.ask(), retryMs)
  }

  #begin(me: AnswerTo<'me'>): void {
    this.#known.set({ kind: 'in', me })
    this.#watching.link.open()
  }

  #end(reason: string | null): void {
    if (this.#known().kind !== 'in') return
    this.#known.set({ kind: 'out', reason })
    this.#watching.link.close()
    const to = reason === null ? {} : { queryParams: { to: this.#router.url } }
    void this.#router.navigate(['/sign-in'], to)
  }
}
