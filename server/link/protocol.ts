/** Whether an agent and this server understand each other. */
import { oldestProtocolVersion, protocolVersion } from '#specs/agent-link.ts'
import { Refusal } from '../rest/refusal.ts'

export interface Spoken {
  readonly oldest: number
  readonly newest: number
}

const spokenHere: Spoken = { oldest: oldestProtocolVersion, newest: protocolVersion }

/** Throws a refusal that says which of the two to upgrade. What is no whole number is left to the schema. */
export function checkProtocol(given: unknown, { oldest, newest }: Spoken = spokenHere): void {
  if (!Number.isInteger(given)) return
  const version = given as number
  if (version >= oldest && version <= newest) return
  const range = oldest === newest ? `${newest}` : `${oldest} to ${newest}`
  const upgrade = version < oldest ? 'Upgrade the agent' : 'Upgrade the server'
  throw new Refusal(
    'unsupported_version',
    `${upgrade}: the agent speaks version ${version} of the protocol, the server ${range}.`,
    { fields: [{ path: 'protocol', message: `must be ${range}` }] },
  )
}
