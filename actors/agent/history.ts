/** The kind `agent_history`: the latest events of an agent, beside it. */
import * as z from 'zod'
import { actor, type Kind } from '#runtime/index.ts'
import { AgentEvent } from '#specs/agents.ts'
import { agentHistoryMessages } from './messages.ts'

const kept = 200

const Memory = z
  .object({
    last: z.int().default(0),
    /** The oldest first. */
    events: z.array(AgentEvent.extend({ seq: z.int() })).default([]),
  })
  .prefault({})

export function agentHistoryKind(): Kind {
  return actor(
    'agent_history',
    { state: Memory, messages: agentHistoryMessages, history: false },
    {
      note(memory, { event }) {
        memory.last += 1
        memory.events = [...memory.events, { ...event, seq: memory.last }].slice(-kept)
      },
      list({ events }, { limit, after }, ctx) {
        if (events.length === 0) ctx.stop()
        const before = after === null ? Number.POSITIVE_INFINITY : Number(after)
        const older = events.filter(({ seq }) => seq < before).toReversed()
        const page = older.slice(0, limit)
        const next = older.length > page.length ? String(page.at(-1)?.seq) : null
        return { items: page.map(({ seq: _seq, ...event }) => event), next }
      },
    },
  )
}
