/**
 * What a coordinator was last told about who has room. It lies in the memory of the process and is gone with it: a job
 * that arrives when nothing is left over can be given away by it at once, without reading. It may be wrong: then the
 * agent declines, and the coordinator reads.
 */
import { bestFor, canRun, type Seat } from './decide.ts'
import type { Head, Queue } from './queue.ts'

/** Trusted for so long after all was read. */
const freshMs = 10_000
const seatsMax = 2_000

class TeamHints {
  readonly seats = new Map<string, Seat>()
  /** Jobs may be given away by them. */
  suffice = true
  readAt = Number.NEGATIVE_INFINITY

  set(seat: Seat): void {
    const { agent } = seat.able
    this.seats.delete(agent)
    this.seats.set(agent, seat)
    if (this.seats.size > seatsMax) this.seats.delete(this.seats.keys().next().value ?? '')
  }
}

const teamsMax = 1_000

export class Hints {
  readonly #teams = new Map<string, TeamHints>()

  told(team: string, seat: Seat): void {
    this.#of(team).set(seat)
  }
  forget(team: string, agent: string): void {
    this.#of(team).seats.delete(agent)
  }
  /**
   * All was read and decided: what the agents have left. It does not suffice where agents claim, nor where the team limits
   * how many jobs run at once.
   */
  read(
    team: string,
    { placement, runningMax }: Pick<Queue, 'placement' | 'runningMax'>,
    seats: readonly Seat[],
    now: number,
  ): void {
    const hints = this.#of(team)
    hints.suffice = placement === 'offer' && runningMax === null
    hints.readAt = now
    for (const seat of seats) hints.seats.set(seat.able.agent, seat)
  }

  /** Who is to have the job; undefined where that takes a look. */
  best(team: string, head: Head, now: number): Seat | undefined {
    const { seats, suffice, readAt } = this.#of(team)
    if (!suffice || now - readAt > freshMs) return undefined
    if (head.boundTo === null) {
      const able = [...seats.values()].filter((seat) => canRun(seat, head))
      return bestFor(head, able, now)
    }
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
