/**
 * JWTs for clients. Each server process signs with a key pair of its own, whose private half never leaves its memory: whoever reads
 * the database, or a backup of it, can't make a JWT. The public halves lie in the database until the last JWT that was
 * signed with them has expired, so every server can check what another has signed.
 *
 *     made ── signs for a day ──▶ replaced ── still checks for a day ──▶ gone
 *
 * A JWT says who it is for and what it hangs on, its grant. Whether that is still there, and what its user may do, is read from the
 * database at each use, in the one query that finds the public key too. That read is the price of an end that counts at
 * once and on every server: a list in memory would hang on news, which may get lost, and be empty after a start.
 */
import {
  calculateJwkThumbprint,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  jwtVerify,
  SignJWT,
  type CryptoKey,
  type JWK,
} from 'jose'
import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import * as z from 'zod'
import { findJwt, insertJwtKey } from '#db/product/people.ts'
import { JwtGrantId, UserId } from '#specs/ids.ts'
import { Role, Scope } from '#specs/people.ts'
import { withoutTeam } from '../database/tenant.ts'
import type { UserCaller } from '../rest/handlers.ts'

const algorithm = 'EdDSA'
const issuer = 'safelight'
const audience = 'safelight-api'
const signingMs = 24 * 60 * 60 * 1000
export const jwtMaxSeconds = 24 * 60 * 60
/** Public halves that are held ready. The database says which of them still count. */
const readyMax = 100
const skewMs = 60_000

const Header = z.object({ alg: z.literal(algorithm), kid: z.string().max(100) })
const Claims = z.object({
  sub: UserId,
  jti: z.string().max(100),
  iat: z.number(),
  exp: z.number(),
  /** What it hangs on: it counts only as long as that does. */
  grt: JwtGrantId,
})

/** What a JWT is made of. Times are the database's. */
export interface Signed {
  readonly user: string
  readonly grant: string
  readonly seconds: number
  readonly now: number
  /** The end of what the grant was made with, which no JWT outlives. */
  readonly endsAt: number
}

export interface JwtKeys {
  sign(claims: Signed): Promise<{ readonly jwt: string; readonly expiresAt: number }>
  /** Whose JWT it is, if it counts now. */
  find(jwt: string, ip: string): Promise<UserCaller | undefined>
  /** Signs with a new key from now on. */
  rotate(): Promise<void>
}

interface SigningKey {
  readonly kid: string
  readonly key: CryptoKey
  readonly madeAt: number
}

export function makeJwtKeys(pool: pg.Pool): JwtKeys {
  const ready = new Map<string, Awaited<ReturnType<typeof importJWK>>>()
  let current: Promise<SigningKey> | undefined

  async function signingKey(now: number): Promise<SigningKey> {
    const known = await current
    if (known !== undefined && now < known.madeAt + signingMs) return known
    const made = makeKey(pool)
    current = made
    // A key that could not be made is made at the next use.
    made.catch(() => (current = undefined))
    return await made
  }

  async function publicKey(kid: string, text: string) {
    const known = ready.get(kid)
    if (known !== undefined) return known
    const key = await importJWK(JSON.parse(text) as JWK, algorithm)
    if (ready.size >= readyMax) ready.clear()
    ready.set(kid, key)
    return key
  }

  return {
    async sign(claims) {
      return await signed(await signingKey(claims.now), claims)
    },
    async find(jwt, ip) {
      const claimed = readClaims(jwt)
      if (claimed === undefined) return undefined
      const { kid, sub: user, grt: grant } = claimed
      const [row] = await withoutTeam(pool, (server) => findJwt.run(server, kid, user, grant))
      if (row === undefined) return undefined
      const claims = await verified(jwt, await publicKey(kid, row.public_key), row.now)
      if (claims === undefined || claims.iat * 1000 < row.valid_since) return undefined
      return {
        kind: 'user',
        ip,
        user,
        team: row.team,
        role: Role.parse(row.role),
        system: row.system,
        scopes: row.scopes?.map((scope) => Scope.parse(scope)) ?? null,
        via: 'jwt',
        credential: grant,
        expiresAt: claims.exp * 1000,
      }
    },
    async rotate() {
      current = makeKey(pool)
      await current
    },
  }
}

async function signed(
  { kid, key }: SigningKey,
  { user, grant, seconds, now, endsAt }: Signed,
): Promise<{ readonly jwt: string; readonly expiresAt: number }> {
  const lifetime = Math.min(seconds, jwtMaxSeconds) * 1000
  const expiresAt = Math.floor(Math.min(now + lifetime, endsAt) / 1000)
  const jwt = await new SignJWT({ grt: grant })
    .setProtectedHeader({ alg: algorithm, kid, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(user)
    .setJti(randomUUID())
    // With fractions: a JWT from the second in which a password was changed is an old or a new one.
    .setIssuedAt(now / 1000)
    .setExpirationTime(expiresAt)
    .sign(key)
  return { jwt, expiresAt: expiresAt * 1000 }
}

async function makeKey(pool: pg.Pool): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { crv: 'Ed25519' })
  const jwk = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint(jwk)
  const livesMs = signingMs + jwtMaxSeconds * 1000 + skewMs
  const rows = await withoutTeam(pool, (server) =>
    insertJwtKey.run(server, kid, JSON.stringify(jwk), livesMs),
  )
  return { kid, key: privateKey, madeAt: rows[0]?.created_at ?? 0 }
}

/** What it says of itself. Nothing of this is believed before the signature is checked. */
function readClaims(jwt: string): (z.infer<typeof Claims> & { kid: string }) | undefined {
  try {
    const { kid } = Header.parse(decodeProtectedHeader(jwt))
    return { kid, ...Claims.parse(decodeJwt(jwt)) }
  } catch {
    return undefined
  }
}

async function verified(
  jwt: string,
  key: Awaited<ReturnType<typeof importJWK>>,
  now: number,
): Promise<z.infer<typeof Claims> | undefined> {
  try {
    const { payload } = await jwtVerify(jwt, key, {
      algorithms: [algorithm],
      issuer,
      audience,
      currentDate: new Date(now),
      requiredClaims: ['sub', 'jti', 'iat', 'exp'],
    })
    return Claims.parse(payload)
  } catch {
    return undefined
  }
}
