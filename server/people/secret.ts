/**
 * Secrets of people and agents: a prefix that says what it is, 256 random bits, and a checksum, so that a scanner knows one when it
 * sees it, and a mistyped one is refused without asking the database. Stored is only the SHA-256: so much randomness
 * needs no slow hash.
 */
import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** A session's, an API token, what a JWT is refreshed with, the first start's link; a registration token, an agent's key. */
export type SecretKind = 'ses' | 'tok' | 'ref' | 'wel' | 'art' | 'agt_key'

export interface Secret {
  readonly text: string
  readonly hash: Buffer
  /** Enough of it for its owner to know it again. */
  readonly prefix: string
}

const randomBytesCount = 32
const shownLength = 6
const random = /^[A-Za-z0-9_-]{43}$/
const checksumLength = 8

export function makeSecret(kind: SecretKind): Secret {
  const body = `${kind}_${randomBytes(randomBytesCount).toString('base64url')}`
  const text = body + checksum(body)
  return { text, hash: hashOf(text), prefix: text.slice(0, kind.length + 1 + shownLength) }
}

/** What the secret is stored under, if the text can be a secret of that kind at all. */
export function readSecret(kind: SecretKind, text: string): Buffer | undefined {
  const body = text.slice(0, -checksumLength)
  const isWhole = body.startsWith(`${kind}_`) && random.test(body.slice(kind.length + 1))
  return isWhole && text.slice(-checksumLength) === checksum(body) ? hashOf(text) : undefined
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function checksum(body: string): string {
  return crc32(body).toString(16).padStart(checksumLength, '0')
}
