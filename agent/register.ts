/** Makes an installation known to a server: a one-time token there, a key back. */
import { hostname } from 'node:os'
import type { AgentSettings } from '#specs/agent-settings.ts'
import { Name } from '#specs/common.ts'
import { factsOf } from './capabilities.ts'
import { Failure, messageOf } from './exit-codes.ts'
import { callRoute } from './link/http-calls.ts'
import { LinkDown, Refused } from './link/link.ts'
import type { Identity, StateFolder } from './state/folder.ts'

const callMs = 15_000

/** Throws a LinkDown where the server can't be reached, and a Failure where it says no. */
export async function register(
  folder: StateFolder,
  settings: AgentSettings,
  token: string,
): Promise<Identity & { isNew: boolean }> {
  const { server } = settings
  if (server === undefined)
    throw new Failure('misused', 'name the server to register with: --server https://safelight.example.org')
  const body = {
    token,
    name: settings.name ?? machineName(),
    installation: await folder.installation(),
    tags: settings.tags,
    facts: factsOf(settings),
  }
  try {
    const { agent, name, key, isNew } = await callRoute({ server, callMs }, 'registerAgent', body)
    const identity = { agent, name, server, key }
    await folder.keepIdentity(identity)
    return { ...identity, isNew }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const fields = error.problem.fields?.map(({ path, message }) => `${path}: ${message}`).join('; ')
    throw new Failure(
      error.code === 'unsupported_version' ? 'tooOld' : 'failed',
      `${server} refuses the registration: ${messageOf(error)}${fields === undefined ? '' : ` (${fields})`}`,
    )
  }
}

/** What to say when the server could not be reached. */
export function unreachable(error: unknown): Failure | null {
  return error instanceof LinkDown ? new Failure('unreachable', error.message) : null
}

function machineName(): string {
  const parsed = Name.safeParse(hostname().slice(0, 100))
  return parsed.success ? parsed.data : 'agent'
}
