/**
 * JWTs for clients. Each server process signs with a key pair of its own, whose private half never leaves its memory: whoever reads
 * the database, or a backup of it, can't make a JWT. The public halves lie in the database until the last JWT that was
 * signed with them has expired, so every server can check what another has signed.
 *
 *     made ── signs for a day ──▶ replaced ── still checks for a day ──▶ gone
 *
 * A JWT says who it is for and what it may be used for. What its user may do is read from the database at each use.
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
import { findJwt, insertJwtKey, serverTime } from '#db/product/people.ts'
import { TokenId, UserId } from '#specs/ids.ts'
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
  /** The API token that it was made with; it counts only as long as that does. */
  tok: TokenId.optional(),
  scopes: z.array(Scope).optional(),
})

export interface JwtKeys {
  sign(maker: UserCaller, seconds: number): Promise<{ readonly jwt: string; readonly expiresAt: number }>
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
    async sign(maker, seconds) {
      const now = await databaseTime(pool)
      return await signed(await signingKey(now), maker, now, seconds)
    },
    async find(jwt, ip) {
      const claimed = readClaims(jwt)
      if (claimed === undefined) return undefined
      const { kid, sub: user, tok } = claimed
      const [row] = await withoutTeam(pool, (server) => findJwt.run(server, kid, user, tok ?? null))
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
        scopes: claims.scopes ?? null,
        via: 'jwt',
        credential: claims.jti,
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
  maker: UserCaller,
  now: number,
  seconds: number,
): Promise<{ readonly jwt: string; readonly expiresAt: number }> {
  const lifetime = Math.min(seconds, jwtMaxSeconds) * 1000
  const expiresAt = Math.floor(
    Math.min(now + lifetime, maker.via === 'token' ? maker.expiresAt : Infinity) / 1000,
  )
  const jwt = await new SignJWT({
    ...(maker.scopes && { scopes: [...maker.scopes] }),
    ...(maker.via === 'token' && { tok: maker.credential }),
  })
    .setProtectedHeader({ alg: algorithm, kid, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(maker.user)
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

async function databaseTime(pool: pg.Pool): Promise<number> {
  const [row] = await withoutTeam(pool, (server) => serverTime.run(server))
  return row?.now ?? 0
}
