import { ErrorHandler, inject, Injectable } from '@angular/core'
import { asTrouble } from '../api/trouble.ts'
import { Notices } from '../ui/notices.ts'

/** What nobody has caught is logged for those who mend it, and told to those who wonder why nothing happens. */
@Injectable()
export class Faults extends ErrorHandler {
  readonly #notices = inject(Notices)

  override handleError(error: unknown): void {
    super.handleError(error)
    this.#notices.warn(asTrouble(error).message)
  }
}
