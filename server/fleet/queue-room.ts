/**
 * How many more jobs of a team may wait. To count them with each submission would cost more than the submission itself, so a
 * count lasts for a second at most, and for an eighth of the room that it has found; the nearer the queue is to being full,
 * the more often it is counted.
 *
 * What this node has let in, and what may not be in the table yet, counts as waiting: on one node the limit holds
 * exactly, whatever comes at once. Of several nodes each sees of the others only what they have committed, so together they
 * may let in a few more: at most an eighth of the last room that was found, or one, for each other node.
 */
import { Refusal } from '../rest/refusal.ts'

/** How many wait, counted up to a limit, those not counted whose ids are given. */
type Count = (except: readonly string[], max: number) => Promise<number>

/** One submission on its way in. */
export interface Entry {
  /** Rejects where the queue is full. */
  enter(job: string, count: Count): Promise<void>
  /** It has ended, somehow: from now on the table says whether its job waits. */
  leave(): void
}

interface TeamRoom {
  /** So many may come in without another count. */
  left: number
  countedAt: number
  /** Let in, and maybe not in the table yet. */
  readonly underWay: Set<string>
  counting: Promise<number> | null
}

const shareOfRoom = 1 / 8
const countEveryMs = 1_000
const fullRetryMs = 5_000

export class QueueRoom {
  readonly #max: number
  readonly #now: () => number
  readonly #teams = new Map<string, TeamRoom>()

  constructor(max: number, now = () => performance.now()) {
    this.#max = max
    this.#now = now
  }

  entry(team: string): Entry {
    const room = this.#of(team)
    let entered: string | undefined
    return {
      enter: async (job, count) => {
        await this.#letIn(room, job, count)
        entered = job
      },
      leave: () => {
        if (entered !== undefined) room.underWay.delete(entered)
      },
    }
  }

  async #letIn(room: TeamRoom, job: string, count: Count): Promise<void> {
    const fresh = () => this.#now() - room.countedAt < countEveryMs
    while (room.left === 0 || !fresh() || room.counting) {
      room.counting ??= this.#count(room, count).finally(() => (room.counting = null))
      if ((await room.counting) <= 0) throw full(this.#max)
    }
    room.left -= 1
    room.underWay.add(job)
  }

  async #count(room: TeamRoom, count: Count): Promise<number> {
    // Nobody is let in meanwhile, so that nothing is counted twice.
    const underWay = [...room.underWay]
    const found = this.#max - underWay.length - (await count(underWay, this.#max))
    room.left = found <= 0 ? 0 : Math.max(1, Math.floor(found * shareOfRoom))
    room.countedAt = this.#now()
    return found
  }

  #of(team: string): TeamRoom {
    const known = this.#teams.get(team)
    if (known) return known
    const room: TeamRoom = { left: 0, countedAt: 0, underWay: new Set(), counting: null }
    this.#teams.set(team, room)
    return room
  }
}

function full(max: number): Refusal {
  return new Refusal(
    'queue_full',
    `${max} jobs are waiting already, which is the most. Wait until some have run, or cancel some.`,
    { retryAfterMs: fullRetryMs },
  )
}
