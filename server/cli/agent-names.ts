/** People call an agent by its name, the server by its id. */
import type { Agent } from '#specs/agents.ts'
import { AgentId } from '#specs/ids.ts'
import { collected } from './pages.ts'
import type { Terminal } from './terminal.ts'

export async function allAgents(
  terminal: Terminal,
  query: Readonly<Record<string, string | undefined>> = {},
): Promise<readonly Agent[]> {
  const client = terminal.client()
  const page = (place: { limit: number; after: string | undefined }) =>
    client.call('listAgents', { query: { ...query, ...place } })
  return (await collected<Agent>(Infinity, page)).items
}

/** The id of the agent that is meant. Throws where there is none of that name. */
export async function agentId(terminal: Terminal, given: string): Promise<string> {
  if (AgentId.safeParse(given).success) return given
  const found = (await allAgents(terminal)).find(({ name }) => name === given)
  if (found) return found.id
  throw new Error(`no agent is called '${given}': 'safelight agents' shows them all`)
}
