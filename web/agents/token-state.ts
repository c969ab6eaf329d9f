/** How a registration token stands. */
import type { AgentToken } from '#specs/agents.ts'
import type { Sign } from '../ui/tone.ts'

export type TokenState = 'used' | 'expired' | 'unused'

export function tokenState({ usedBy, expiresAt }: AgentToken, now: number): TokenState {
  if (usedBy !== null) return 'used'
  return expiresAt <= now ? 'expired' : 'unused'
}

export const tokenSigns: Readonly<Record<TokenState, Sign>> = {
  used: { tone: 'off', icon: 'check', word: 'Used', meaning: 'An agent has enrolled with it.' },
  expired: { tone: 'off', icon: 'clock', word: 'Expired', meaning: 'Its time was over before it was used.' },
  unused: { tone: 'wait', icon: 'lock', word: 'Unused', meaning: 'Whoever has it can enrol an agent.' },
}

export const hoursMax = 168

/** The hours that stand in a field; null where they are none that a token can be good for. */
export function hoursIn(text: string): number | null {
  const hours = /^\s*\d{1,3}\s*$/.test(text) ? Number(text) : 0
  return hours >= 1 && hours <= hoursMax ? hours : null
}
