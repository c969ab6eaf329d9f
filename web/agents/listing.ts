/** Which agents the table shows, and in what order: as the address says. */
import type { Agent } from '#specs/agents.ts'
import { signOf } from './words.ts'

export const sortings = ['name', 'state', 'seen'] as const
export type Sorting = (typeof sortings)[number]

export type Listing = {
  readonly find: string
  readonly state: string
  readonly sort: Sorting
  readonly descending: boolean
}

/** What stands in the address, with everything else left aside. */
export function listingFrom(query: {
  readonly find?: string | undefined
  readonly state?: string | undefined
  readonly sort?: string | undefined
}): Listing {
  const wanted = query.sort ?? 'name'
  const sort = sortings.find((one) => one === wanted.replace(/^-/, '')) ?? 'name'
  return {
    find: query.find ?? '',
    state: query.state ?? '',
    sort,
    descending: wanted.startsWith('-'),
  }
}

/** The next way to sort when a heading is pressed, as it stands in the address. */
export function pressed(listing: Listing, sort: Sorting): string {
  return listing.sort === sort && !listing.descending ? `-${sort}` : sort
}

export function listed(agents: Iterable<Agent>, { find, state, sort, descending }: Listing): Agent[] {
  const words = find.toLowerCase().split(/\s+/).filter(Boolean)
  const shown = [...agents].filter(
    (agent) => (state === '' || signOf(agent).word === state) && isFound(agent, words),
  )
  const inOrder = shown.toSorted(
    (one, other) => orders[sort](one, other) || one.name.localeCompare(other.name),
  )
  return descending ? inOrder.toReversed() : inOrder
}

/** The states that agents are in, for the choice of one. */
export function statesOf(agents: Iterable<Agent>): string[] {
  return [...new Set([...agents].map((agent) => signOf(agent).word))].toSorted()
}

function isFound({ id, name, platform, tags }: Agent, words: readonly string[]): boolean {
  const text = [id, name, platform.hostname, platform.os, ...tags].join(' ').toLowerCase()
  return words.every((word) => text.includes(word))
}

const toneRank = { bad: 0, warn: 1, good: 2, busy: 3, wait: 4, off: 5 } as const
const orders: Readonly<Record<Sorting, (one: Agent, other: Agent) => number>> = {
  name: (one, other) => one.name.localeCompare(other.name),
  state: (one, other) => toneRank[signOf(one).tone] - toneRank[signOf(other).tone],
  seen: (one, other) => (other.lastSeenAt ?? 0) - (one.lastSeenAt ?? 0),
}
