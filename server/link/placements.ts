/** How the jobs of each team come to agents. Asked with every hello, and never remembered: a change counts from the next hello on. */
import type pg from 'pg'
import { readPlacement } from '#db/product/link.ts'
import { withTeam } from '../database/tenant.ts'

export class Placements {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  /** Whether agents of the team have to claim. */
  async pulls(team: string): Promise<boolean> {
    const [row] = await withTeam(this.#pool, team, (client) => readPlacement.run(client, team))
    return row?.placement === 'strict-pull'
  }
}
