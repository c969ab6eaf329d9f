import { Component, computed, inject, input } from '@angular/core'
import { rxResource, toSignal } from '@angular/core/rxjs-interop'
import { Router, RouterLink } from '@angular/router'
import { catchError, of } from 'rxjs'
import { Watching } from '../live/watching.ts'
import { Session } from '../session/session.ts'
import { Icon } from '../ui/icon.ts'
import { Empty, Failed, Loading } from '../ui/states.ts'
import { groups, isFiltered, queryFrom, statesIn, type Group } from './filters.ts'
import { JobsTable } from './jobs-table.ts'
import { Tools } from './tools.ts'
import { stateSigns } from './words.ts'

const groupWords: Readonly<Record<Group, string>> = {
  upcoming: 'Upcoming',
  active: 'Active',
  done: 'Done',
  failed: 'Failed',
}
const nothingWords: Readonly<Record<Group, string>> = {
  upcoming: 'Nothing waits',
  active: 'Nothing is under way',
  done: 'Nothing is done yet',
  failed: 'Nothing has failed',
}

/** The jobs of the team, live. What is shown stands in the address. */
@Component({
  selector: 'sl-jobs-page',
  imports: [Empty, Failed, Icon, JobsTable, Loading, RouterLink],
  templateUrl: './jobs-page.html',
})
export class JobsPage {
  readonly group = input<string>()
  readonly state = input<string>()
  readonly tool = input<string>()
  readonly agent = input<string>()
  readonly after = input<string>()
  readonly #feeds = inject(Watching).feeds
  readonly #router = inject(Router)
  protected readonly session = inject(Session)
  protected readonly tools = inject(Tools)
  protected readonly tabs = [
    { word: 'All', group: null },
    ...groups.map((group) => ({ word: groupWords[group], group })),
  ]
  protected readonly query = computed(() =>
    queryFrom({
      group: this.group(),
      state: this.state(),
      tool: this.tool(),
      agent: this.agent(),
      after: this.after(),
    }),
  )
  protected readonly page = rxResource({
    params: () => this.query(),
    stream: ({ params: query }) => this.#feeds.jobs(query),
  })
  protected readonly agents = toSignal(this.#feeds.agents$.pipe(catchError(() => of(undefined))))
  protected readonly agentList = computed(() =>
    [...(this.agents()?.values() ?? [])].toSorted((one, other) => one.name.localeCompare(other.name)),
  )
  protected readonly states = computed(() =>
    statesIn(this.query()).map((name) => ({ name, word: stateSigns[name].word })),
  )
  protected readonly isFiltered = computed(() => isFiltered(this.query()))
  protected readonly nothing = computed(() => {
    const { group } = this.query()
    return group === undefined ? 'No jobs yet' : nothingWords[group]
  })

  protected look(given: { readonly tool?: string; readonly agent?: string; readonly state?: string }): void {
    const chosen = Object.entries(given).map(([name, value]) => [name, value === '' ? null : value])
    const queryParams = { ...Object.fromEntries(chosen), after: null }
    void this.#router.navigate([], { queryParams, queryParamsHandling: 'merge' })
  }
}
