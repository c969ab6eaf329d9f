/** Ways in that were good once. Each is seen to be good before it is spent: otherwise it would say nothing that it is not. */
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { Person } from '../support/rest.ts'
import { agentCaller, agentFacts, allScopes, enrol, type MatrixCaller, nobody, person } from './callers.ts'
import { type Ground, serves } from './ground.ts'

/** Team A's. */
export async function spentCallers(ground: Ground, admin: Person): Promise<MatrixCaller[]> {
  const people = [
    ...(await ofUsers(ground, admin)),
    ...(await ofSessions(ground, admin)),
    ...(await ofTokens(ground, admin)),
  ]
  return serves(ground, 'registerAgent') ? [...people, ...(await ofAgents(ground, admin))] : people
}

/** The callers, once what they show counts no more. */
async function spent(
  ground: Ground,
  callers: readonly MatrixCaller[],
  spend: () => Promise<unknown>,
): Promise<MatrixCaller[]> {
  for (const { agent, proof } of callers)
    await (agent === null ? ground.as(proof).ok('me') : sayHello(ground, agent.key))
  await spend()
  return callers.map((caller) => ({ ...caller, counts: false }))
}

async function ofUsers(ground: Ground, admin: Person): Promise<MatrixCaller[]> {
  const gone = await ground.user(admin, 'admin')
  const { secret } = await gone.api.ok('makeToken', { body: { name: 'x', scopes: allScopes } })
  const { jwt } = await gone.api.ok('makeJwt', { body: { expiresInSeconds: 86_400 } })
  return await spent(
    ground,
    [
      person('disabled user', 'A', gone, 'admin'),
      byToken('token of a disabled user', gone, secret),
      byJwt('JWT of a disabled user', gone, jwt),
    ],
    () => admin.api.ok('changeUser', { params: { user: gone.id }, body: { disabled: true } }),
  )
}

async function ofSessions(ground: Ground, admin: Person): Promise<MatrixCaller[]> {
  const [old, left] = [await ground.user(admin, 'admin'), await ground.user(admin, 'admin')]
  const { jwt: ofOld, refresh } = await old.api.ok('makeJwt', { body: {} })
  const { jwt: ofLeft } = await left.api.ok('makeJwt', { body: {} })
  const [cookie = '', secret = ''] = admin.cookie.split('=')
  const { secret: token } = await admin.api.ok('makeToken', { body: { name: 'x', scopes: allScopes } })
  return [
    ...(await spent(
      ground,
      [person('expired session', 'A', old, 'admin'), byJwt('JWT of an expired session', old, ofOld)],
      () => ground.pool.query('update session set expires_at = now() where user_id = $1', [old.id]),
    )),
    ...(await spent(
      ground,
      [
        person('session that was signed out', 'A', left, 'admin'),
        byJwt('JWT of a session that was signed out', left, ofLeft),
      ],
      () => left.api.ok('signOut'),
    )),
    { ...byJwt('expired JWT', admin, await expiredJwt(ground, admin)), counts: false },
    nobody("a session's secret as a bearer", { bearer: secret }),
    nobody('an API token as a cookie', { cookie: `${cookie}=${token}` }),
    nobody('what a JWT is refreshed with, as a bearer', { bearer: refresh }),
  ]
}

/** Signed as by another server, whose key this one reads from the database. One that differs only in its end counts. */
async function expiredJwt({ pool, as }: Ground, user: Person): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const kid = 'of-the-matrix'
  await pool.query(
    `insert into jwt_key (id, public_key, expires_at) values ($1, $2, now() + interval '1 hour')`,
    [kid, JSON.stringify(await exportJWK(publicKey))],
  )
  const claims = decodeJwt((await user.api.ok('makeJwt', { body: {} })).jwt)
  const signed = (exp: number) =>
    new SignJWT({ ...claims, exp }).setProtectedHeader({ alg: 'EdDSA', kid, typ: 'JWT' }).sign(privateKey)
  const { iat = 0, exp = 0 } = claims
  await as({ bearer: await signed(exp) }).ok('me')
  return await signed(Math.floor(iat))
}

async function ofTokens(ground: Ground, admin: Person): Promise<MatrixCaller[]> {
  const made = async () => {
    const { secret, token } = await admin.api.ok('makeToken', { body: { name: 'x', scopes: allScopes } })
    return {
      secret,
      id: token.id,
      jwt: (await ground.as({ bearer: secret }).ok('makeJwt', { body: {} })).jwt,
    }
  }
  const [old, removed] = [await made(), await made()]
  return [
    ...(await spent(
      ground,
      [byToken('expired token', admin, old.secret), byJwt('JWT of an expired token', admin, old.jwt)],
      () => ground.pool.query('update token set expires_at = now() where id = $1', [old.id]),
    )),
    ...(await spent(
      ground,
      [byToken('removed token', admin, removed.secret), byJwt('JWT of a removed token', admin, removed.jwt)],
      () => admin.api.ok('removeToken', { params: { token: removed.id } }),
    )),
  ]
}

async function ofAgents(ground: Ground, admin: Person): Promise<MatrixCaller[]> {
  const ended = async (name: string, spend: (agent: string, key: string) => Promise<unknown>) => {
    const enrolled = await enrol(ground, admin, name)
    const { agent, key } = enrolled
    return await spent(ground, [agentCaller(name, 'A', enrolled)], () => spend(agent, key))
  }
  const { secret } = await admin.api.ok('makeAgentToken', { body: { name: 'x' } })
  return [
    ...(await ended('revoked agent', (agent) =>
      admin.api.ok('revokeAgent', { params: { agent }, body: {} }),
    )),
    ...(await ended('removed agent', (agent) =>
      admin.api.ok('removeAgent', { params: { agent }, query: { mode: 'now' } }),
    )),
    ...(await ended('agent that has left', (_agent, key) =>
      ground.as({ bearer: key }).ok('deregister', { body: {} }),
    )),
    // The older key counts until the newer one is used.
    ...(await ended('agent with the key of before', async (_agent, key) => {
      const rotated = await ground.as({ bearer: key }).ok('rotateKey', { body: {} })
      await sayHello(ground, key)
      await sayHello(ground, rotated.key)
    })),
    nobody('a registration token as a bearer', { bearer: secret }),
  ]
}

/** It can do nothing, so no job of the others' goes to it. */
function sayHello(ground: Ground, key: string) {
  const facts = { ...agentFacts, capabilities: [] }
  return ground.as({ bearer: key }).ok('agentHello', { body: { facts, running: [] } })
}

function byToken(name: string, user: Person, secret: string): MatrixCaller {
  return person(name, 'A', user, 'admin', { via: 'token', proof: { bearer: secret } })
}

function byJwt(name: string, user: Person, jwt: string): MatrixCaller {
  return person(name, 'A', user, 'admin', { via: 'jwt', proof: { bearer: jwt } })
}
