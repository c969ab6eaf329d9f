/** Where a job that is being submitted may go: to the agent that it is bound to, or to those that look into its folder. */
import { holds, placeOf } from '#actors/index.ts'
import { deepestRoot, readTarget } from '#db/product/fleet.ts'
import type { Queryable, RowOf } from '#db/statement.ts'
import type { NewJob } from '#specs/jobs.ts'
import { folderIn } from '#specs/tools.ts'
import * as z from 'zod'
import { badInput } from '../rest/parse.ts'
import { Refusal } from '../rest/refusal.ts'

export interface Destination {
  /** Of the agent that it is bound to. */
  readonly boundName: string | null
  /** The deepest root of the team's agents that holds its folder; '' where none does. */
  readonly place: string | null
}

/** Throws where the job could never run there. One that was submitted before stays what it is: `checks` false. */
export async function destinationOf(
  client: Queryable,
  team: string,
  spec: NewJob,
  checks: boolean,
): Promise<Destination> {
  const folder = folderIn(spec.params)
  const place = folder === null ? null : placeOf(folder)
  if (spec.agent === undefined) {
    const [deepest] = place === null ? [] : await deepestRoot.run(client, team, place)
    return { boundName: null, place: deepest?.place ?? null }
  }
  const [target] = await readTarget.run(client, team, spec.agent)
  if (checks) {
    checkTarget(target)
    checkFolder(target, folder, place)
  }
  return { boundName: target?.name ?? null, place: null }
}

type Target = RowOf<typeof readTarget>

function checkTarget(target: Target | undefined): asserts target is Target {
  if (!target)
    throw new Refusal('not_found', 'There is no agent of that id in your team: look at the list of agents.', {
      fields: [{ path: 'agent', message: 'is no agent of your team' }],
    })
  const state = target.standing === 'revoked' ? 'is revoked' : target.leaving ? 'is being removed' : null
  if (state === null) return
  throw new Refusal(
    'wrong_state',
    `The agent '${target.name}' ${state}, so the job would wait for ever: choose another agent, or enrol this one anew.`,
    { fields: [{ path: 'agent', message: state }] },
  )
}

const Roots = z.array(z.string())

/** Where it looks is known once it was there. */
function checkFolder({ name, known, places, roots }: Target, folder: string | null, place: string | null) {
  if (folder === null || place === null || !known || holds(places, place)) return
  const looks = Roots.parse(JSON.parse(roots)).join(', ')
  throw badInput([
    {
      path: 'params.path',
      message:
        looks === ''
          ? `can't be looked at: '${name}' may look into no folder`
          : `is outside of the folders that '${name}' may look into (${looks})`,
    },
  ])
}
