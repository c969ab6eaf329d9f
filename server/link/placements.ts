/** How the jobs of each team come to agents: asked once in a while, because every hello wants to know. */
import type pg from 'pg'
import { readPlacement } from '#db/product/link.ts'
import { withTeam } from '../database/tenant.ts'

const keptMs = 10_000
const teamsMax = 10_000

export class Placements {
  readonly #pool: pg.Pool
  readonly #known = new Map<string, { readonly pulls: Promise<boolean>; readonly at: number }>()

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  /** Whether agents of the team have to claim. */
  pulls(team: string): Promise<boolean> {
    const known = this.#known.get(team)
    const now = performance.now()
    if (known && now - known.at < keptMs) return known.pulls
    if (this.#known.size >= teamsMax) this.#known.clear()
    const pulls = this.#read(team)
    this.#known.set(team, { pulls, at: now })
    // A failure is not kept.
    pulls.catch(() => this.#known.delete(team))
    return pulls
  }

  async #read(team: string): Promise<boolean> {
    const [row] = await withTeam(this.#pool, team, (client) => readPlacement.run(client, team))
    return row?.placement === 'strict-pull'
  }
}
