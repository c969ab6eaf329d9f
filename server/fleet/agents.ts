/** The routes of agents: lists read rows, what people want goes to the agent's actor. */
import { agent as agents, agentHistory, recentOf, scoreOf } from '#actors/index.ts'
import { readCandidates } from '#db/product/fleet.ts'
import type { RowOf } from '#db/statement.ts'
import { Liveness, Load } from '#specs/agents.ts'
import { capabilityOf, tools } from '#specs/tools.ts'
import { withTeam } from '../database/tenant.ts'
import type { Handlers } from '../rest/handlers.ts'
import { badInput } from '../rest/parse.ts'
import { notFound, Refusal } from '../rest/refusal.ts'
import type { FleetParts } from './handlers.ts'

const candidatesMax = 200

export function agentHandlers(parts: FleetParts): Handlers {
  return { ...lists(parts), ...wishes(parts) }
}

function lists({ reads, pool, node }: FleetParts): Handlers {
  return {
    listAgents: ({ query }, { team }) => reads.agents(team, query),
    agentHealth: (_given, { team }) => reads.health(team),
    pool: (_given, { team }) => reads.pool(team),
    async availableAgents({ query: { tool } }, { team }) {
      const needs = tool === undefined ? [] : [capabilityOf(toolNamed(tool))]
      const rows = await withTeam(pool, team, (client) =>
        readCandidates.run(client, team, needs, candidatesMax),
      )
      const most = recentMost(rows)
      return { items: rows.map((row) => candidateOf(row, most)).toSorted(byScore) }
    },
    async getAgent({ params }, { team }) {
      const found = await reads.agent(team, params.agent)
      if (!found) throw notFound()
      return found
    },
    async agentEvents({ params, query: { limit, after = null } }, { team }) {
      if (after !== null) checkCursor(after)
      if (!(await reads.agent(team, params.agent))) throw notFound()
      return node.ask(agentHistory.at(params.agent).list({ limit, after }))
    },
  }
}

function wishes({ reads, node, registration }: FleetParts): Handlers {
  /** Of this team, or there is none. */
  async function own(team: string, id: string) {
    if (!(await reads.agent(team, id))) throw notFound()
    return agents.at(id)
  }
  return {
    async changeAgent({ params, body }, { team, user: by }) {
      const target = await own(team, params.agent)
      if (Object.keys(body).length === 0)
        throw badInput([{ path: '', message: 'give what is to change: name, tags or slots' }])
      return node.ask(target.change({ ...body, by }))
    },
    async removeAgent({ params, query: { mode } }, { team, user: by }) {
      return node.ask((await own(team, params.agent)).remove({ by, mode }))
    },
    async pauseAgent({ params, body }, { team, user: by }) {
      return node.ask((await own(team, params.agent)).pause({ ...body, by }))
    },
    async resumeAgent({ params, body }, { team, user: by, role }) {
      const found = await reads.agent(team, params.agent)
      if (!found) throw notFound()
      if (found.standing === 'pending_approval' && role !== 'admin')
        throw new Refusal(
          'not_allowed',
          'This agent has tools that are not known here: only an admin approves it.',
        )
      return node.ask(agents.at(params.agent).resume({ ...body, by }))
    },
    async cordonAgent({ params, body }, { team, user: by }) {
      return node.ask((await own(team, params.agent)).cordon({ ...body, by }))
    },
    async drainAgent({ params, body }, { team, user: by }) {
      return node.ask((await own(team, params.agent)).drain({ ...body, by }))
    },
    async revokeAgent({ params, body }, { team, user: by }) {
      const target = await own(team, params.agent)
      // First, so that nothing gets in any more, whatever happens to the rest.
      await registration.revokeKeys(team, params.agent)
      return node.ask(target.revoke({ ...body, by }))
    },
  }
}

function checkCursor(after: string): void {
  if (/^\d{1,15}$/.test(after)) return
  throw badInput([{ path: 'query.after', message: "is no cursor: give the 'next' of the page before" }])
}

function toolNamed(name: string) {
  const tool = tools.get(name)
  if (tool) return tool
  throw badInput([{ path: 'query.tool', message: `is no tool; there are ${[...tools.keys()].join(', ')}` }])
}

type CandidateRow = RowOf<typeof readCandidates>

function recentMost(rows: readonly CandidateRow[]): number {
  return Math.max(0, ...rows.map(recent))
}
function recent({ recent: had, granted_at: grantedAt, now }: CandidateRow): number {
  return recentOf({ recent: had, grantedAt }, now)
}

function candidateOf(row: CandidateRow, most: number) {
  const freeSlots = Math.max(0, row.slots - row.holding.length)
  const { score, components } = scoreOf({
    slots: row.slots,
    free: freeSlots,
    liveness: Liveness.parse(row.liveness),
    success: Number(row.success),
    load: row.load === null ? null : Load.nullable().parse(JSON.parse(row.load)),
    recent: recent(row),
    recentMost: most,
  })
  return { agent: row.agent, name: row.name, score, components: { ...components }, freeSlots }
}

function byScore(a: { score: number }, b: { score: number }): number {
  return b.score - a.score
}
