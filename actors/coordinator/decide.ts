/** Which job goes to which agent: pure functions of what was read. */
import { recentOf } from '../agent/recent.ts'
import { holds } from '../place.ts'
import { restOf, scoreOf, weights } from './score.ts'
import type { Able, Head } from './queue.ts'

/** A job that was given to an agent, as long as it may not have heard of it. */
export interface Placed {
  readonly job: string
  /** The number that its attempt will have. */
  readonly attempt: number
  readonly agent: string
}
export interface Grant extends Placed {
  readonly bound: boolean
}

/** An agent while it is decided: grants take its room and change its rank. */
export interface Seat {
  readonly able: Able
  readonly abilities: ReadonlySet<string>
  free: number
  /** Its score without what it has had lately, which is compared with what others have had. */
  base: number
  recent: number
  rested: number
}

export interface Situation {
  readonly heads: readonly Head[]
  readonly seats: readonly Seat[]
  /** Given already, and on its way. */
  readonly inFlight: readonly Placed[]
  readonly now: number
  readonly grantsMax: number
}

/** An agent's room: free slots, and what is left of its share, less what is on its way to it. */
export function seatOf(
  able: Able,
  inFlight: readonly Placed[],
  shareLeft: number,
  now: number,
  freeMax = Number.POSITIVE_INFINITY,
): Seat {
  const coming = inFlight.filter(({ agent, job }) => agent === able.agent && !able.holding.includes(job))
  const room = Math.min(able.slots - able.holding.length, shareLeft)
  const free = Math.min(room - coming.length, freeMax)
  return {
    able,
    abilities: new Set(able.abilities),
    free,
    base: baseOf(able, free),
    recent: recentOf(able, now) + coming.length,
    rested: able.grantedAt,
  }
}

function baseOf(able: Able, free: number): number {
  const { score } = scoreOf({ ...able, free, recent: 0, recentMost: 0 })
  return score - weights.recent
}

/**
 * In the order of the queue, each job gets the best agent that can run it; of equals the one that has rested longest.
 * A job for which there is none holds up none of another class.
 */
export function decide({ heads, seats, inFlight, now, grantsMax }: Situation): Grant[] {
  const byAgent = new Map(seats.map((seat) => [seat.able.agent, seat]))
  const byClass = new Map<string, readonly Seat[]>()
  const grants: Grant[] = []
  const given = new Set(inFlight.map(({ job }) => job))
  for (const head of heads.toSorted(inOrder)) {
    if (grants.length >= grantsMax) break
    if (given.has(head.job)) continue
    const seat = bestFor(head, seatsFor(head), now)
    if (!seat) continue
    given.add(head.job)
    grants.push(take(seat, head, now + grants.length))
  }
  return grants

  function seatsFor(head: Head): readonly Seat[] {
    if (head.boundTo !== null) return [byAgent.get(head.boundTo)].filter((seat) => seat !== undefined)
    const able = (byClass.get(head.class) ?? seats).filter((seat) => canRun(seat, head))
    byClass.set(head.class, able)
    return able
  }
}

/** The order of the queue. */
export function inOrder(a: Pick<Head, 'rank' | 'seq'>, b: Pick<Head, 'rank' | 'seq'>): number {
  return a.rank - b.rank || a.seq - b.seq
}

export function canRun(
  { free, abilities, able }: Seat,
  { needs, place }: Pick<Head, 'needs' | 'place'>,
): boolean {
  return (
    free > 0 && needs.every((need) => abilities.has(need)) && (place === null || holds(able.places, place))
  )
}

/** The best that has room and was not passed over; one that is degraded only where no healthy one can. */
export function bestFor(
  { passedOver }: Pick<Head, 'passedOver'>,
  seats: readonly Seat[],
  now: number,
): Seat | undefined {
  const passed = ({ able }: Seat) =>
    passedOver.some(({ agent, until }) => agent === able.agent && until > now)
  const open = seats.filter((seat) => seat.free > 0 && !passed(seat))
  const recentMost = open.reduce((most, { recent }) => Math.max(most, recent), 0)
  let best: Seat | undefined
  let bestScore = 0
  for (const seat of open) {
    const score = seat.base + weights.recent * restOf(seat.recent, recentMost)
    if (best && !isBetter(seat, best, score - bestScore)) continue
    best = seat
    bestScore = score
  }
  return best
}

/** Sums of fractions must not decide. */
const rounding = 1e-9

function isBetter(a: Seat, b: Seat, ahead: number): boolean {
  const health = Number(a.able.liveness === 'healthy') - Number(b.able.liveness === 'healthy')
  if (health !== 0) return health > 0
  if (Math.abs(ahead) > rounding) return ahead > 0
  if (a.rested !== b.rested) return a.rested < b.rested
  return a.able.agent < b.able.agent
}

/** The agent's room is taken. */
export function take(seat: Seat, { job, attempt, boundTo }: Head, at: number): Grant {
  seat.free -= 1
  seat.base = baseOf(seat.able, seat.free)
  seat.recent += 1
  seat.rested = at
  return { job, attempt: attempt + 1, agent: seat.able.agent, bound: boundTo !== null }
}
