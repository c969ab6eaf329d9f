/** What is allowed, and may not be meant: told at the start, each with the way out. */
import { agentVariables } from '#specs/agent-settings.ts'
import { nearest } from '#host/settings/nearest.ts'
import type { Environment } from '#host/settings/references.ts'
import { Networks } from './rest/address.ts'
import { fileVariable } from './settings-sources.ts'

export interface Warned {
  readonly host: string
  readonly publicUrl: string | undefined
  readonly localAgent: boolean
  readonly agentsFrom: readonly string[]
}

const prefix = 'SAFELIGHT_'
/** Of the command line `safelight`, which may be set up in the same place. */
const commandLineVariables = ['URL', 'TOKEN', 'PASSWORD', 'PROFILE'].map((name) => prefix + name)
const loopback = new Networks(['127.0.0.0/8', '::1'])

export function warningsAbout(
  settings: Warned,
  environment: Environment,
  names: readonly string[],
): string[] {
  return [
    ...unknownVariables(environment, [...names, fileVariable, ...commandLineVariables, ...agentVariables]),
    ...openWithoutEncryption(settings),
    ...localAgentShutOut(settings),
  ]
}

function unknownVariables(environment: Environment, known: readonly string[]): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith(prefix) && !known.includes(name))
    .map((name) => {
      const meant = nearest(name, known)
      const hint = meant === undefined ? 'README.md lists those that there are' : `did you mean ${meant}?`
      return `nothing reads the variable ${name}: ${hint}`
    })
}

/** Also where a proxy encrypts: whoever finds the port itself talks past it. But then somebody has thought of it. */
function openWithoutEncryption({ host, publicUrl }: Warned): string[] {
  if (host === 'localhost' || loopback.has(host) || publicUrl?.startsWith('https:') === true) return []
  return [
    `HOST=${host} lets other machines in, and nothing encrypts what they say: passwords, tokens and agents' keys can be read on the way. Put a proxy with TLS in front and name its address in SAFELIGHT_PUBLIC_URL (https://...), or stay with HOST=127.0.0.1`,
  ]
}

function localAgentShutOut({ localAgent, agentsFrom }: Warned): string[] {
  if (!localAgent || agentsFrom.length === 0 || new Networks(agentsFrom).has('127.0.0.1')) return []
  return [
    'the local agent calls from 127.0.0.1, which SAFELIGHT_AGENTS_FROM does not name, so it is refused: add it, or set SAFELIGHT_LOCAL_AGENT=off',
  ]
}
