/** `safelight sign-in`: exchanges a password for an API token, and keeps it in a file of the user's own. */
import { createInterface } from 'node:readline'
import { type Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { hostname } from 'node:os'
import { Client } from './client.ts'
import { Interrupted, Misused } from './exit-codes.ts'
import { writeProfile } from './profile.ts'

export interface SignInOptions {
  readonly url: string
  readonly email: string
  readonly password: string
  readonly file: string
}
export interface SignedIn {
  readonly url: string
  readonly email: string
  /** What the token is called, on the user's page. */
  readonly token: string
  readonly file: string
}

export const tokenDays = 90

export async function signIn({ url, email, password, file }: SignInOptions): Promise<SignedIn> {
  const client = new Client(url, null)
  const { response } = await client.exchange('signIn', { body: { email, password } })
  const cookie = response.headers
    .getSetCookie()
    .map((given) => given.split(';')[0])
    .join('; ')
  const headers = { cookie, origin: new URL(client.url).origin }
  const { secret, token } = await client.call('makeToken', {
    body: {
      name: `command line on ${hostname()}`.slice(0, 100),
      scopes: ['read', 'jobs', 'agents', 'admin'],
      expiresInDays: tokenDays,
    },
    headers,
  })
  writeProfile(file, { url: client.url, token: secret })
  // From here on the token is enough; a session that nobody has ended ends by itself.
  await client.call('signOut', { headers }).catch(() => {})
  return { url: client.url, email, token: token.name, file }
}

/** Asks at the terminal, where what is typed is not shown; from anything else it is read. */
export async function askPassword(input: Readable, output: Writable): Promise<string> {
  const given = isTerminal(input) ? await typed(input, output) : firstLine(await text(input))
  if (given !== '') return given
  throw new Misused('no password was given: type it, send it to the input, or set SAFELIGHT_PASSWORD')
}

async function typed(input: Readable, output: Writable): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: silent, terminal: true })
  const given = Promise.withResolvers<string>()
  lines.once('line', given.resolve)
  lines.once('close', () => given.resolve(''))
  lines.once('SIGINT', () => given.reject(new Interrupted('')))
  output.write('Password: ')
  try {
    return await given.promise
  } finally {
    lines.close()
    output.write('\n')
  }
}

function firstLine(given: string): string {
  return given.split(/\r?\n/)[0] ?? ''
}

function isTerminal(input: Readable): boolean {
  return 'isTTY' in input && input.isTTY === true
}
