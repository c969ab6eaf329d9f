import { Injectable } from '@angular/core'
import { Subject } from 'rxjs'
import type { RouteName, RouteOf } from '#specs/routes.ts'
import { call, type AnswerTo, type Extra } from './call.ts'
import type { Asked } from './request.ts'
import { asTrouble } from './trouble.ts'

/** The server's REST interface. */
@Injectable({ providedIn: 'root' })
export class Api {
  readonly #signedOut = new Subject<void>()
  /** A call was refused because nobody is signed in. */
  readonly signedOut$ = this.#signedOut.asObservable()

  /** Throws Trouble. */
  async call<N extends RouteName>(
    name: N,
    asked: Asked<RouteOf<N>>,
    extra: Extra = {},
  ): Promise<AnswerTo<N>> {
    try {
      return await call(name, asked, extra)
    } catch (error) {
      const isAborted = extra.signal?.aborted === true
      if (!isAborted && asTrouble(error).code === 'not_signed_in') this.#signedOut.next()
      throw error
    }
  }
}
