import { computed, inject, Injectable, resource } from '@angular/core'
import { Api } from '../api/api.ts'
import { Session } from '../session/session.ts'

/** What agents can run, read once. */
@Injectable({ providedIn: 'root' })
export class Tools {
  readonly #api = inject(Api)
  readonly #me = inject(Session).me
  readonly list = resource({
    params: () => this.#me()?.team.id,
    loader: async ({ abortSignal: signal }) => (await this.#api.call('listTools', {}, { signal })).items,
  })
  readonly #titles = computed(
    () => new Map((this.list.hasValue() ? this.list.value() : []).map(({ name, title }) => [name, title])),
  )

  /** What people call a tool; its name until that is known. */
  titleOf(name: string): string {
    return this.#titles().get(name) ?? name
  }
}
