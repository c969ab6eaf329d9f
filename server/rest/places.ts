/**
 * Where agents and admins may call from, where somebody has said so. It is looked at before anything that a caller shows,
 * so from elsewhere nobody can try keys or passwords there.
 */
import type { Route } from '#specs/route.ts'
import { Networks } from './address.ts'
import { Refusal } from './refusal.ts'

/** Whose calls they are. */
export type Callers = 'agents' | 'admins'

export interface AllowedFrom {
  /** Addresses and networks; empty: anywhere. */
  readonly agentsFrom: readonly string[]
  readonly adminsFrom: readonly string[]
}

export class Places {
  readonly #networks = new Map<Callers, Networks>()

  constructor({ agentsFrom, adminsFrom }: AllowedFrom) {
    if (agentsFrom.length > 0) this.#networks.set('agents', new Networks(agentsFrom))
    if (adminsFrom.length > 0) this.#networks.set('admins', new Networks(adminsFrom))
  }

  /** Throws where such calls may not come from there. */
  check(callers: Callers, ip: string): void {
    if (this.#networks.get(callers)?.has(ip) === false) throw elsewhere(callers, ip)
  }

  checkRoute(route: Route, ip: string): void {
    const callers = callersOf(route)
    if (callers !== undefined) this.check(callers, ip)
  }
}

/** What anybody may call from anywhere has none. */
export function callersOf({ who, from }: Route): Callers | undefined {
  if (from !== undefined) return from
  if (who === 'agent') return 'agents'
  return who === 'admin' || who === 'system' ? 'admins' : undefined
}

const said: Readonly<Record<Callers, readonly [what: string, variable: string]>> = {
  agents: ['Agents call this server', 'SAFELIGHT_AGENTS_FROM'],
  admins: ['What only admins may do is done', 'SAFELIGHT_ADMINS_FROM'],
}

function elsewhere(callers: Callers, ip: string): Refusal {
  const [what, variable] = said[callers]
  return new Refusal(
    'not_allowed',
    `${what} from certain networks only, and this call comes from ${ip || 'nowhere that is known'}. Whoever runs the server adds that to ${variable}; where it is a proxy's address, to SAFELIGHT_TRUSTED_PROXIES.`,
  )
}
