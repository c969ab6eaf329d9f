/**
 * What a coordinator was last told about who has room. It lies in the memory of the process and is gone with it: a job
 * that arrives when nothing is left over can be given away by it at once, without reading. It may be wrong: then the
 * agent declines, and the coordinator reads.
 */
import { bestFor, canRun, type Placed, type Seat, seatOf } from './decide.ts'
import type { Able, Head, Queue } from './queue.ts'

/** Trusted for so long after all was read. */
const freshMs = 10_000
const seatsMax = 2_000

class TeamHints {
  readonly seats = new Map<string, Seat>()
  placement: Queue['placement'] = 'offer'
  readAt = Number.NEGATIVE_INFINITY

  set(able: Able, inFlight: readonly Placed[]): void {
    this.seats.delete(able.agent)
    this.seats.set(able.agent, seatOf(able, inFlight))
    if (this.seats.size > seatsMax) this.seats.delete(this.seats.keys().next().value ?? '')
  }
}

const teamsMax = 1_000

export class Hints {
  readonly #teams = new Map<string, TeamHints>()

  told(team: string, able: Able, inFlight: readonly Placed[]): void {
    this.#of(team).set(able, inFlight)
  }
  forget(team: string, agent: string): void {
    this.#of(team).seats.delete(agent)
  }
  /** All was read and decided: what the agents have left. */
  read(team: string, placement: Queue['placement'], seats: readonly Seat[], now: number): void {
    const hints = this.#of(team)
    hints.placement = placement
    hints.readAt = now
    for (const seat of seats) hints.seats.set(seat.able.agent, seat)
  }

  /** Who is to have the job; undefined where that takes a look. */
  best(team: string, head: Head, now: number): Seat | undefined {
    const { seats, placement, readAt } = this.#of(team)
    if (placement !== 'offer' || now - readAt > freshMs) return undefined
    if (head.boundTo === null) return bestFor(head, ableSeats(seats.values(), head), now)
    const seat = seats.get(head.boundTo)
    return seat && bestFor(head, [seat], now)
  }

  #of(team: string): TeamHints {
    const known = this.#teams.get(team)
    if (known) return known
    const hints = new TeamHints()
    this.#teams.set(team, hints)
    if (this.#teams.size > teamsMax) this.#teams.delete(this.#teams.keys().next().value ?? '')
    return hints
  }
}

function* ableSeats(seats: Iterable<Seat>, head: Head): Iterable<Seat> {
  for (const seat of seats) if (canRun(seat, head)) yield seat
}
