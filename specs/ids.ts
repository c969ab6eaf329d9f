/** Identifiers as the outside world sees them: a prefix that names the thing, and 26 characters that say nothing. */
import * as z from 'zod'

export const prefixes = {
  team: 'ten',
  user: 'usr',
  session: 'ses',
  token: 'tok',
  jwtGrant: 'jgr',
  agent: 'agt',
  agentToken: 'art',
  job: 'job',
  collection: 'col',
} as const
export type Thing = keyof typeof prefixes

/** Crockford's base 32: no letter that looks like a digit. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const length = 26

/** A new identifier. Its first ten characters grow with time, so that tables keep their order. */
export function newId(thing: Thing, now = Date.now()): string {
  let time = ''
  for (let left = now, at = 0; at < 10; at++, left = Math.floor(left / 32)) time = alphabet[left % 32] + time
  const random = crypto.getRandomValues(new Uint8Array(length - 10))
  return `${prefixes[thing]}_${time}${Array.from(random, (byte) => alphabet[byte % 32]).join('')}`
}

export function idOf(thing: Thing) {
  const prefix = prefixes[thing]
  return z
    .string()
    .regex(
      new RegExp(`^${prefix}_[${alphabet}]{${length}}$`),
      `must be '${prefix}_' and ${length} characters`,
    )
}

export const TeamId = idOf('team')
export const UserId = idOf('user')
export const AgentId = idOf('agent')
export const AgentTokenId = idOf('agentToken')
export const TokenId = idOf('token')
export const JwtGrantId = idOf('jwtGrant')
export const JobId = idOf('job')
