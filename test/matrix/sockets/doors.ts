/** Who is let in to which of the two sockets, worked out apart from the server, and what becomes of whoever is not. */
import { once } from 'node:events'
import { io } from 'socket.io-client'
import { agentNamespace, protocolVersion } from '#specs/agent-link.ts'
import { dashboardNamespace } from '#specs/live.ts'
import type { Problem } from '#specs/problem.ts'
import { type Proof, proofHeaders } from '../../support/api.ts'
import type { Enrolled, MatrixCaller } from '../callers.ts'
import { agentWords, type Named, pageWords } from './words.ts'

type Door = 'let in' | 'bad_input' | 'not_signed_in' | 'not_allowed'

/** One way of showing who one is. */
export interface Knock {
  readonly what: string
  readonly namespace: string
  readonly auth: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
  readonly comesTo: Door
}

const keyMax = 200
const elsewhere = 'another-installation'

export function knocksOf(caller: MatrixCaller, url: string): Knock[] {
  const { proof, agent, kind } = caller
  const secret = secretIn(proof)
  const dialled = dialOf({ key: secret, installation: agent?.installation ?? elsewhere })
  const { key: _key, ...keyless } = dialled
  const [asAgent, asPage] = [agentDoor(caller, secret), pageDoor(caller)]
  const agents = { namespace: agentNamespace, headers: {} }
  const pages = { namespace: dashboardNamespace, headers: {} }
  const headers = proofHeaders(proof, url)
  const knocks: Knock[] = [
    { ...agents, what: 'with its key', auth: dialled, comesTo: asAgent },
    {
      ...agents,
      what: 'with its key from elsewhere',
      auth: { ...dialled, installation: elsewhere },
      comesTo: asAgent === 'let in' ? 'not_allowed' : asAgent,
    },
    { ...agents, what: 'by headers', auth: keyless, headers, comesTo: 'bad_input' },
    { ...pages, what: 'by headers', auth: {}, headers, comesTo: asPage },
    { ...pages, what: 'as an agent', auth: dialled, comesTo: 'not_signed_in' },
  ]
  const token = { ...pages, what: 'with its token', auth: { token: secret } }
  if ('bearer' in proof) return [...knocks, { ...token, comesTo: asPage }]
  // A session's secret is no token.
  return kind === 'user' ? [...knocks, { ...token, comesTo: 'not_signed_in' }] : knocks
}

/** With what an agent's socket is opened. */
export function dialOf({ key, installation }: Pick<Enrolled, 'key' | 'installation'>) {
  return { key, installation, boot: 'boot-of-the-matrix', protocol: protocolVersion }
}

function agentDoor({ kind, counts }: MatrixCaller, secret: string): Door {
  if (kind === 'agent' && counts) return 'let in'
  return secret.length > keyMax ? 'bad_input' : 'not_signed_in'
}

function pageDoor({ kind, counts, scopes }: MatrixCaller): Door {
  if (!counts) return 'not_signed_in'
  return kind === 'user' && (scopes === null || scopes.includes('read')) ? 'let in' : 'not_allowed'
}

function secretIn(proof: Proof): string {
  if ('bearer' in proof) return proof.bearer
  return 'cookie' in proof ? (proof.cookie.split('=')[1] ?? '') : ''
}

/** What comes of it: 'let in', or the code of the refusal. */
export async function tryDoor(url: string, { namespace, auth, headers }: Knock): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const socket = io(`${url}${namespace}`, {
    auth,
    extraHeaders: headers,
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
  })
  socket.once('connect', () => resolve('let in'))
  socket.once('connect_error', (error: Error & { data?: Problem }) =>
    resolve(error.data?.code ?? error.message),
  )
  return await promise.finally(() => socket.close())
}

/** Whatever was heard beyond the refusal, of one who says every event without waiting to be let in. */
export async function sayUninvited(
  url: string,
  { namespace, auth, headers }: Knock,
  named: Named,
): Promise<string[]> {
  const address = `${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`
  const socket = new WebSocket(address, { headers })
  const heard: string[] = []
  socket.addEventListener('message', ({ data }) => heard.push(String(data)))
  const closed = once(socket, 'close')
  await once(socket, 'open')
  socket.send(`40${namespace},${JSON.stringify(auth)}`)
  for (const [at, said] of uninvited(namespace, named).entries())
    socket.send(`42${namespace},${at}${JSON.stringify(said)}`)
  await closed
  const [opened, refused] = ['0{', `44${namespace},`]
  return heard.filter((packet) => !packet.startsWith(opened) && !packet.startsWith(refused))
}

function uninvited(namespace: string, named: Named): [event: string, payload: unknown][] {
  const attempt = { job: named.job, attempt: 1 }
  return namespace === agentNamespace
    ? Object.entries(agentWords).map(([event, { payload }]) => [event, payload(attempt)])
    : Object.entries(pageWords).flatMap(([event, words]) =>
        words.map(({ payload }): [string, unknown] => [event, payload(named)]),
      )
}
