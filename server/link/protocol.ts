/** Whether an agent and this server speak the same version. */
import { protocolVersion } from '#specs/agent-link.ts'
import { Refusal } from '../rest/refusal.ts'

/** Throws a refusal that says which of the two to upgrade. What is no number is left to the schema. */
export function checkProtocol(given: unknown): void {
  if (typeof given !== 'number' || given === protocolVersion) return
  const upgrade =
    given < protocolVersion
      ? `Upgrade the agent: it speaks version ${given}, this server needs ${protocolVersion}.`
      : `Upgrade the server: it speaks version ${protocolVersion}, this agent needs ${given}.`
  throw new Refusal('unsupported_version', upgrade, {
    fields: [{ path: 'protocol', message: `must be ${protocolVersion}` }],
  })
}
