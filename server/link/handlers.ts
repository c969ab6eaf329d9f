/** The REST routes of agents, and those of registration tokens. */
import type pg from 'pg'
import { agent as agents } from '#actors/index.ts'
import { addAgentToken, listAgentTokens, removeAgentToken } from '#db/product/link.ts'
import type { Node } from '#runtime/index.ts'
import type { RowOf } from '#db/statement.ts'
import { AgentToken } from '#specs/agents.ts'
import { newId } from '#specs/ids.ts'
import { withTeam } from '../database/tenant.ts'
import { makeSecret } from '../people/secret.ts'
import type { AgentCaller, Extra, Handlers } from '../rest/handlers.ts'
import { notFound } from '../rest/refusal.ts'
import { bootIn, type HttpLink, type HttpPeer } from './http-link.ts'
import type { Registration } from './registration.ts'

export interface LinkHandlerParts {
  /** On the schema of the product. */
  readonly pool: pg.Pool
  readonly node: Pick<Node, 'ask'>
  readonly registration: Registration
  readonly http: HttpLink
}

export function linkHandlers(parts: LinkHandlerParts): Handlers {
  return { ...agentSide(parts), ...tokenHandlers(parts) }
}

function agentSide({ registration, http, node }: LinkHandlerParts): Handlers {
  return {
    registerAgent: ({ body }) => registration.register(body),
    rotateKey: async (_given, { agent, team }) => ({ key: await registration.rotate(team, agent) }),
    deregister: (_given, { agent }) => node.ask(agents.at(agent).remove({ by: 'agent', mode: 'now' })),
    agentHello: ({ body }, caller, extra) => http.hello(peerOf(caller, extra), body),
    agentBeat: ({ body }, caller, extra) => http.beat(peerOf(caller, extra), body, extra.signal),
    agentClaim: ({ body }, caller, extra) => http.claim(peerOf(caller, extra), body, extra.signal),
    agentAccept: ({ body }, caller, extra) => http.accept(peerOf(caller, extra), body),
    agentDecline: ({ body }, caller, extra) => http.decline(peerOf(caller, extra), body),
    agentStarted: ({ body }, caller, extra) => http.started(peerOf(caller, extra), body),
    agentFrames: ({ body }, caller, extra) => http.frames(peerOf(caller, extra), body),
    agentFinish: ({ body }, caller, extra) => http.finish(peerOf(caller, extra), body),
  }
}

function peerOf({ agent, team, ip }: AgentCaller, { headers }: Extra): HttpPeer {
  return { agent, team, ip, userAgent: headers['user-agent'] ?? null, boot: bootIn(headers) }
}

function tokenHandlers({ pool }: LinkHandlerParts): Handlers {
  return {
    async makeAgentToken({ body: { name, expiresInHours } }, { team, user }) {
      const secret = makeSecret('art')
      const [row] = await withTeam(pool, team, (client) =>
        addAgentToken.run(client, newId('agentToken'), team, name, secret.hash, user, expiresInHours),
      )
      if (!row) throw new TypeError('a token that was added has no row')
      return { token: tokenOf(row), secret: secret.text }
    },
    async listAgentTokens({ query: { limit, after = null } }, { team }) {
      const rows = await withTeam(pool, team, (client) => listAgentTokens.run(client, team, after, limit + 1))
      const items = rows.slice(0, limit).map(tokenOf)
      return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
    },
    async removeAgentToken({ params: { token } }, { team }) {
      const removed = await withTeam(pool, team, (client) => removeAgentToken.run(client, token, team))
      if (removed.length === 0) throw notFound()
      return { done: true }
    },
  }
}

function tokenOf(row: RowOf<typeof addAgentToken>) {
  return AgentToken.parse({
    id: row.id,
    name: row.name,
    createdAt: row.created_at,
    createdBy: { by: row.created_by, name: row.created_by_name },
    expiresAt: row.expires_at,
    usedBy: row.used_by,
  })
}
