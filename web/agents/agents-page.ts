import { Component, computed, inject, input } from '@angular/core'
import { rxResource } from '@angular/core/rxjs-interop'
import { Router, RouterLink } from '@angular/router'
import type { Agent } from '#specs/agents.ts'
import { Watching } from '../live/watching.ts'
import { Session } from '../session/session.ts'
import { Ago } from '../ui/ago.ts'
import { Chip } from '../ui/chip.ts'
import { Icon } from '../ui/icon.ts'
import { Meter } from '../ui/meter.ts'
import { Empty, Failed, Loading } from '../ui/states.ts'
import { count } from '../words/amounts.ts'
import { AgentJobs } from './agent-jobs.ts'
import { listed, listingFrom, pressed, statesOf, type Sorting } from './listing.ts'
import { abilitiesOf, isHeard, isOnline, machineOf, noteOf, signOf } from './words.ts'

/** Of the jobs under way, so many are known by more than their id. */
const jobsMax = 200
const abilitiesShown = 2

/** All agents of the team, live. */
@Component({
  selector: 'sl-agents-page',
  imports: [AgentJobs, Ago, Chip, Empty, Failed, Icon, Loading, Meter, RouterLink],
  templateUrl: './agents-page.html',
})
export class AgentsPage {
  readonly find = input<string>()
  readonly state = input<string>()
  readonly sort = input<string>()
  readonly #router = inject(Router)
  readonly #watching = inject(Watching)
  protected readonly session = inject(Session)
  protected readonly signOf = signOf
  protected readonly noteOf = noteOf
  protected readonly isOnline = isOnline
  protected readonly isHeard = isHeard
  protected readonly machineOf = machineOf
  protected readonly agents = rxResource({ stream: () => this.#watching.feeds.agents$ })
  readonly #underWay = rxResource({
    stream: () => this.#watching.feeds.jobs({ group: 'active', limit: jobsMax }),
  })
  protected readonly jobs = computed(
    () => new Map((this.#underWay.hasValue() ? this.#underWay.value().jobs : []).map((job) => [job.id, job])),
  )
  protected readonly isEmpty = computed(() => this.agents.hasValue() && this.agents.value().size === 0)
  protected readonly listing = computed(() =>
    listingFrom({ find: this.find(), state: this.state(), sort: this.sort() }),
  )
  readonly #all = computed(() => (this.agents.hasValue() ? [...this.agents.value().values()] : []))
  protected readonly shown = computed(() => listed(this.#all(), this.listing()))
  protected readonly states = computed(() => statesOf(this.#all()))
  protected readonly tally = computed(() => tally(this.#all().length, this.shown().length))
  protected readonly columns: readonly { readonly name: string; readonly sort?: Sorting }[] = [
    { name: 'Agent', sort: 'name' },
    { name: 'State', sort: 'state' },
    { name: 'Jobs' },
    { name: 'Load' },
    { name: 'Can do' },
    { name: 'Last heard of', sort: 'seen' },
  ]

  protected look(given: { find?: string; state?: string; sort?: string }): void {
    const queryParams = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, value === '' ? null : value]),
    )
    void this.#router.navigate([], { queryParams, queryParamsHandling: 'merge', replaceUrl: true })
  }

  protected abilities({ capabilities }: Agent): { readonly short: string; readonly all: string } {
    const words = abilitiesOf(capabilities).map(({ word }) => word)
    const more = words.length - abilitiesShown
    const short = words.slice(0, abilitiesShown).join(', ')
    return { short: more > 0 ? `${short} +${more}` : short, all: words.join(', ') }
  }

  protected press(sort: Sorting): void {
    this.look({ sort: pressed(this.listing(), sort) })
  }

  protected order(sort: Sorting | undefined): 'ascending' | 'descending' | null {
    const listing = this.listing()
    if (sort === undefined || listing.sort !== sort) return null
    return listing.descending ? 'descending' : 'ascending'
  }
}

function tally(all: number, shown: number): string {
  return shown === all ? count(all, 'agent') : `${shown} of ${count(all, 'agent')}`
}
