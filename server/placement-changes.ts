/**
 * Agents are told when they connect whether jobs are offered to them or they have to claim. Where their team changes that, they
 * are cut off, come back by themselves within their grace, so that what they run goes on, and are told anew.
 *
 *   changed, on any server ─▶ told (a hint) ─▶ every server reads who claims ─▶ cuts off those of teams that differ
 */
import type pg from 'pg'
import { coordinator } from '#actors/index.ts'
import { claimingTeams } from '#db/product/people.ts'
import { reasonOf } from '#runtime/errors.ts'
import type { Log, Node } from '#runtime/index.ts'
import { withoutTeam } from './database/tenant.ts'
import type { Sessions } from './link/sessions.ts'
import type { Bus } from './live/bus.ts'

export interface PlacementParts {
  /** On the schema of the product. */
  readonly pool: pg.Pool
  readonly bus: Pick<Bus, 'on'>
  readonly node: Pick<Node, 'ask'>
  readonly sessions: Pick<Sessions, 'all' | 'closed'>
  readonly log: Log
}

/** From now on changes are followed. Returns what ends it. */
export async function followPlacements(parts: PlacementParts): Promise<() => void> {
  const { bus, log } = parts
  let claiming = await readClaiming(parts)
  let looking = Promise.resolve()
  async function look(): Promise<void> {
    const now = await readClaiming(parts)
    const changed = claiming.symmetricDifference(now)
    claiming = now
    if (changed.size === 0) return
    for (const session of [...parts.sessions.all()])
      if (changed.has(session.peer.team)) cutOff(parts, session)
    await Promise.all([...changed].map((team) => placeAnew(parts, team)))
  }
  const lookSoon = () => {
    // One after the other: the later one sees at least as much.
    looking = looking.then(look).catch((error: unknown) => {
      log.warn('who claims jobs could not be read; it is read again at the next change', {
        reason: reasonOf(error),
      })
    })
  }
  const quits = [
    bus.on('ended', ({ ended }) => {
      if (ended.what === 'placement') lookSoon()
    }),
    // A change may be among what was lost.
    bus.on('gap', lookSoon),
  ]
  return () => quits.forEach((quit) => quit())
}

async function readClaiming({ pool }: PlacementParts): Promise<ReadonlySet<string>> {
  const rows = await withoutTeam(pool, (server) => claimingTeams.run(server))
  return new Set(rows.map(({ id }) => id))
}

type Session = ReturnType<Sessions['all']> extends Iterable<infer S> ? S : never

function cutOff({ sessions }: PlacementParts, session: Session): void {
  sessions.closed(session, "its team's placement has changed")
  session.transport.close(true)
}

/** What the coordinator remembers of who has room is of the other placement: it looks at everything again. */
async function placeAnew({ node, log }: PlacementParts, team: string): Promise<void> {
  await node.ask(coordinator.at(team).sweep()).catch((error: unknown) => {
    log.debug('a coordinator was not told of another placement', { team, reason: reasonOf(error) })
  })
}
