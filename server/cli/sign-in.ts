/** `safelight sign-in`: exchanges a password for an API token, and keeps it in a file of the user's own. */
import { createInterface } from 'node:readline/promises'
import type { Readable, Writable } from 'node:stream'
import { Writable as Sink } from 'node:stream'
import { hostname } from 'node:os'
import { Client } from './client.ts'
import { writeProfile } from './profile.ts'

export interface SignInOptions {
  readonly url: string
  readonly email: string
  readonly password: string
  readonly file: string
}

export async function signIn({ url, email, password, file }: SignInOptions): Promise<string> {
  const client = new Client(url, null)
  const response = await client.fetch('signIn', { body: { email, password } })
  if (!response.ok) await client.call('signIn', { body: { email, password } })
  const cookie = response.headers
    .getSetCookie()
    .map((text) => text.split(';')[0])
    .join('; ')
  const { secret, token } = await client.call('makeToken', {
    body: {
      name: `command line on ${hostname()}`.slice(0, 100),
      scopes: ['read', 'jobs', 'agents', 'admin'],
      expiresInDays: 90,
    },
    headers: { cookie, origin: new URL(url).origin },
  })
  writeProfile(file, { url, token: secret })
  return `Signed in at ${url}. The token is called '${token.name}' and is good for 90 days.`
}

/** Asks at the terminal; what is typed is not shown. */
export async function askPassword(input: Readable, output: Writable): Promise<string> {
  const silent = new Sink({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: silent, terminal: true })
  output.write('Password: ')
  try {
    return await lines.question('')
  } finally {
    lines.close()
    output.write('\n')
  }
}
