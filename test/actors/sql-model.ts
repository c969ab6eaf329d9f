/** What Postgres does for the actors' own SQL, on the memory store. `sql-model.spec.ts` holds it against the real one. */
import { countBoundJobs, insertResult, readQueue, removeIdentity, renameAgent } from '#db/product/fleet.ts'
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
  readonly liveness: string
  readonly score: number
  readonly granted_at: number
  readonly success: number
  readonly load: unknown
}

type Run = (params: readonly unknown[], tables: SqlTables, own: OwnTables) => SqlRow[]

const statements: ReadonlyMap<string, Run> = new Map<string, Run>([
  [readQueue.text, (params, tables, own) => [{ queue: JSON.stringify(queueOf(params, tables, own)) }]],
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
    const { agent } = JSON.parse(state) as { agent: { success: number; load: unknown } }
    return { key, ...columns, success: agent.success, load: agent.load } as unknown as AgentRow
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
  const found = tables.get('team')?.find(({ id }) => id === team)?.['placement']
  const placement = typeof found === 'string' ? found : 'offer'
  const open = agentRows(own).filter((agent) => agent.team === team && agent.open)
  const mayHave = (agent: string) => placement === 'offer' || claims.includes(agent)
  return {
    placement,
    inFlight,
    classes,
    bound,
    heads: heads.map(headOf),
    candidates: candidatesOf(heads, open, each, mayHave).map(ableOf),
  }
}

function candidatesOf(
  heads: readonly JobRow[],
  open: readonly AgentRow[],
  each: number,
  mayHave: (agent: string) => boolean,
): AgentRow[] {
  const byClass = new Map(heads.map((head) => [head.class, head]))
  const chosen = [...byClass.values()].flatMap(({ bound_to: boundTo, needs }) => {
    if (boundTo !== null) return open.filter(({ key }) => key === boundTo && mayHave(key))
    return open
      .filter(({ key, abilities }) => mayHave(key) && needs.every((need) => abilities.includes(need)))
      .toSorted((a, b) => b.score - a.score || a.granted_at - b.granted_at)
      .slice(0, each)
  })
  return [...new Set(chosen)]
}

function headOf(job: JobRow) {
  const { key, needs, rank, seq, attempt, bound_to: boundTo, passed_over: passedOver } = job
  return { job: key, class: job.class, needs, rank, seq, attempt, boundTo, passedOver }
}
function ableOf({ key, granted_at: grantedAt, ...agent }: AgentRow) {
  const { name, slots, holding, abilities, liveness, success, load } = agent
  return { agent: key, name, slots, holding, abilities, liveness, success, load, grantedAt }
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
