/** What Postgres does for the actors' own SQL, on the memory store. `sql-model.spec.ts` holds it against the real one. */
import {
  countBoundJobs,
  insertResult,
  readMisplaced,
  readQueue,
  removeIdentity,
  renameAgent,
} from '#db/product/fleet.ts'
import type { OwnTables, SqlModel, SqlRow, SqlTables } from '#runtime/testing/memory/sql.ts'

interface JobRow {
  readonly key: string
  readonly team: string
  readonly status: string
  readonly in_queue: boolean
  readonly class: string
  readonly needs: readonly string[]
  readonly rank: number
  readonly seq: number
  readonly attempt: number
  readonly bound_to: string | null
  readonly folder: string | null
  readonly place: string | null
  readonly passed_over: unknown
  readonly ended_at: string | null
}
interface AgentRow {
  readonly key: string
  readonly team: string
  readonly name: string
  readonly open: boolean
  readonly slots: number
  readonly holding: readonly string[]
  readonly abilities: readonly string[]
  readonly places: readonly string[]
  readonly standing: string
  readonly liveness: string
  readonly score: number
  readonly granted_at: number
  readonly share_taken: number
  readonly success: number
  readonly load: unknown
  readonly recent: number
}

type Run = (params: readonly unknown[], tables: SqlTables, own: OwnTables) => SqlRow[]

const statements: ReadonlyMap<string, Run> = new Map<string, Run>([
  [readQueue.text, (params, tables, own) => [{ queue: JSON.stringify(queueOf(params, tables, own)) }]],
  [readMisplaced.text, misplaced],
  [insertResult.text, insert],
  [countBoundJobs.text, countBound],
  [renameAgent.text, rename],
  [
    removeIdentity.text,
    ([agent], tables) => {
      tables.set(
        'agent_identity',
        (tables.get('agent_identity') ?? []).filter((row) => row['agent'] !== agent),
      )
      return []
    },
  ],
])

export const fleetModel: SqlModel = (text, params, tables, own) => {
  const run = statements.get(text)
  if (!run) throw new Error(`the model knows no such statement: ${text.slice(0, 60)}`)
  return run(params, tables, own)
}

export function jobRows(own: OwnTables): JobRow[] {
  return [...(own.get('product.job')?.values() ?? [])].map(
    ({ key, columns }) => ({ key, ...columns }) as unknown as JobRow,
  )
}
export function agentRows(own: OwnTables): AgentRow[] {
  return [...(own.get('product.agent')?.values() ?? [])].map(({ key, columns, state }) => {
    const { agent } = JSON.parse(state) as { agent: { success: number; load: unknown; recent: number } }
    const { success, load, recent } = agent
    return { key, ...columns, success, load, recent } as unknown as AgentRow
  })
}

type QueueParams = readonly [
  team: string,
  placed: readonly string[],
  attempts: readonly number[],
  wanted: readonly string[],
  claims: readonly string[],
  from: string,
  boundFrom: string | null,
  classes: number,
  each: number,
]

function queueOf(params: readonly unknown[], tables: SqlTables, own: OwnTables) {
  const [team, placed, attempts, wanted, claims, from, boundFrom, classesMax, each] =
    params as unknown as QueueParams
  const pending = jobRows(own).filter((job) => job.team === team && job.in_queue)
  const inFlight = pending
    .filter(({ key, attempt }) => placed.some((job, at) => job === key && attempt < (attempts[at] ?? 0)))
    .map(({ key }) => key)
  const all = [...new Set(pending.map((job) => job.class))].toSorted()
  const range = (first: string, until: string) =>
    all.filter((name) => name >= first && name < until).slice(0, classesMax)
  const classes = range(from, '~')
  const bound = boundFrom === null ? [] : range(boundFrom, '~~')
  const chosen = new Set([...classes, ...bound, ...wanted.map((agent) => `~${agent}`)])
  const heads = [...chosen].flatMap((name) =>
    pending
      .filter((job) => job.class === name && !inFlight.includes(job.key))
      .toSorted((a, b) => a.rank - b.rank || a.seq - b.seq)
      .slice(0, each),
  )
  const row = tables.get('team')?.find(({ id }) => id === team)
  const placement = row?.['placement'] ?? 'offer'
  const runningMax = typeof row?.['running_max'] === 'number' ? row['running_max'] : null
  const underWay = jobRows(own).filter((job) => job.team === team && underWayStates.includes(job.status))
  const open = agentRows(own).filter((agent) => agent.team === team && agent.open)
  const mayHave = (agent: string) => placement === 'offer' || claims.includes(agent)
  return {
    placement,
    runningMax,
    running: runningMax === null ? null : Math.min(runningMax, underWay.length),
    inFlight,
    classes,
    bound,
    heads: heads.map(headOf),
    candidates: candidatesOf(heads, open, each, mayHave).map(ableOf),
  }
}

const underWayStates = ['offered', 'assigned', 'running', 'cancelling']

function candidatesOf(
  heads: readonly JobRow[],
  open: readonly AgentRow[],
  each: number,
  mayHave: (agent: string) => boolean,
): AgentRow[] {
  const byClass = new Map(heads.map((head) => [head.class, head]))
  const chosen = [...byClass.values()].flatMap(({ bound_to: boundTo, needs, place }) => {
    if (boundTo !== null) return open.filter(({ key }) => key === boundTo && mayHave(key))
    return open
      .filter(({ key, abilities }) => mayHave(key) && needs.every((need) => abilities.includes(need)))
      .filter(({ places }) => place === null || places.some((root) => place.startsWith(root)))
      .toSorted((a, b) => b.score - a.score || a.granted_at - b.granted_at)
      .slice(0, each)
  })
  return [...new Set(chosen)]
}

function headOf(job: JobRow) {
  const { key, needs, rank, seq, attempt, bound_to: boundTo, place, passed_over: passedOver } = job
  return { job: key, class: job.class, needs, rank, seq, attempt, boundTo, place, passedOver }
}
function ableOf({ key, granted_at: grantedAt, share_taken: shareTaken, ...agent }: AgentRow) {
  const { name, slots, holding, abilities, places, liveness, success, load, recent } = agent
  const judged = { liveness, success, load, recent, grantedAt, shareTaken }
  return { agent: key, name, slots, holding, abilities, places, ...judged }
}

function misplaced([team, limit]: readonly unknown[], _tables: SqlTables, own: OwnTables): SqlRow[] {
  const roots = agentRows(own).flatMap((row) =>
    row.team === team && row.standing !== 'revoked' ? row.places : [],
  )
  return jobRows(own)
    .filter((row) => row.team === team && row.bound_to === null && row.ended_at === null)
    .flatMap(({ key, folder, place: known }) => {
      const place = roots
        .filter((root) => folder?.startsWith(root))
        .toSorted()
        .at(-1)
      return place !== undefined && known !== null && place > known ? [{ job: key, place }] : []
    })
    .slice(0, Number(limit))
}

function insert(params: readonly unknown[], tables: SqlTables): SqlRow[] {
  const [job, team, attempt, agent, tool, outcome, finishedAt, output] = params
  const results = tables.get('large_result') ?? []
  if (results.some((row) => row['job'] === job)) return []
  const row = { job, team, attempt, agent, tool, outcome, finishedAt, output }
  tables.set('large_result', [...results, row])
  return []
}

function countBound([agent, team]: readonly unknown[], _tables: SqlTables, own: OwnTables): SqlRow[] {
  const bound = jobRows(own).filter(
    (job) => job.bound_to === agent && job.team === team && job.ended_at === null,
  )
  return [{ unfinished: bound.length }]
}

function rename([agent, name]: readonly unknown[], tables: SqlTables): SqlRow[] {
  const identities = tables.get('agent_identity') ?? []
  if (identities.some((row) => row['name'] === name && row['agent'] !== agent))
    throw Object.assign(new Error('duplicate key value'), { code: '23505' })
  tables.set(
    'agent_identity',
    identities.map((row) => (row['agent'] === agent ? { ...row, name } : row)),
  )
  return []
}
