import { expect } from 'chai'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { password } from '../../support/rest.ts'
import { useBorder } from '../link/border.ts'
import { Home } from './command.ts'

describe('somebody at the command line', () => {
  const border = useBorder()
  let home: Home
  beforeEach(() => {
    home = new Home()
  })

  describe('who signs in', () => {
    const words = (url = border.get.server.url) => [
      'sign-in',
      '--url',
      url,
      '--email',
      border.get.admin.email,
    ]
    const signIn = (environment: Record<string, string> = { SAFELIGHT_PASSWORD: password }) =>
      home.run(words(), environment)

    it('keeps a token for the other commands, for nobody else to read', async () => {
      const { code, out } = await signIn()
      expect(out).to.include(`Signed in at ${border.get.server.url}`).and.include('90 days')
      expect(code).to.equal(0)
      expect(modeOf(home.profile)).to.equal(0o600)
      expect(modeOf(dirname(home.profile))).to.equal(0o700)
      expect(await home.json(['agents'])).to.deep.equal([])
    })

    it('closes a profile that others could read', async () => {
      mkdirSync(dirname(home.profile), { recursive: true })
      writeFileSync(home.profile, '{}')
      chmodSync(home.profile, 0o644)
      await signIn()
      expect(modeOf(home.profile)).to.equal(0o600)
    })

    it('reads the password from the input, and tells programs where it lies', async () => {
      const { out, complaint } = await home.run([...words(), '--json'], {}, `${password}\n`)
      expect(JSON.parse(out)).to.include({ url: border.get.server.url, file: home.profile })
      expect(out).to.not.include('tok_')
      expect(complaint).to.equal('')
    })

    it('leaves no session behind', async () => {
      const sessions = () => border.get.sql('select id from session')
      const before = await sessions()
      await signIn()
      expect(await sessions()).to.deep.equal(before)
    })

    it('says that the password is wrong, and keeps nothing', async () => {
      const { code, out, complaint } = await signIn({ SAFELIGHT_PASSWORD: 'not the one' })
      expect(complaint).to.equal(
        'safelight: E-mail or password is wrong. An admin of your team can set a new password.\n',
      )
      expect({ code, out }).to.deep.equal({ code: 1, out: '' })
      expect(existsSync(home.profile)).to.equal(false)
    })

    it('says so where no password is given', async () => {
      const { code, complaint } = await signIn({})
      expect(complaint).to.include('no password was given').and.include('SAFELIGHT_PASSWORD')
      expect(code).to.equal(2)
    })

    it('says where the token can not be kept', async () => {
      const file = join(home.folder, 'file')
      writeFileSync(file, '')
      const places = [join(file, 'profile.json'), ...(process.platform === 'linux' ? ['/proc/none/it'] : [])]
      for (const place of places) {
        const { code, complaint } = await signIn({ SAFELIGHT_PASSWORD: password, SAFELIGHT_PROFILE: place })
        expect(complaint).to.include(`can't be`).and.include(place).and.include('SAFELIGHT_PROFILE')
        expect(code).to.equal(1)
      }
    })

    it('says what is wrong about the address', async () => {
      await using page = await otherServer()
      const gone = await otherServer()
      await gone[Symbol.asyncDispose]()
      const at = (url: string) => home.run(words(url), { SAFELIGHT_PASSWORD: password })
      const [nobody, noAddress, stranger] = await Promise.all([
        at(gone.url),
        at('127.0.0.1:4600'),
        at(page.url),
      ])
      expect(nobody.complaint)
        .to.include(`no server answers at ${gone.url}`)
        .and.include('ECONNREFUSED')
        .and.include('safelight up')
      expect(noAddress.complaint).to.include("'127.0.0.1:4600' is no address").and.include('http://')
      expect(stranger.complaint)
        .to.include(`what answers at ${page.url}`)
        .and.include('is no Safelight server')
      expect([nobody.code, noAddress.code, stranger.code]).to.deep.equal([1, 2, 1])
    })
  })

  describe('who needs a token', () => {
    it('is told so where nobody has signed in', async () => {
      const { code, complaint } = await home.run(['agents'])
      expect(complaint).to.include('nobody has signed in here').and.include('safelight sign-in')
      expect(code).to.equal(1)
    })

    it('shows it to no other server than the one that has made it', async () => {
      await using other = await otherServer()
      mkdirSync(dirname(home.profile), { recursive: true })
      writeFileSync(home.profile, JSON.stringify({ url: border.get.server.url, token: 'tok_secret' }))
      const { code, complaint } = await home.run(['agents', '--url', other.url])
      expect(complaint)
        .to.include(`signed in at ${border.get.server.url}, not at ${other.url}`)
        .and.not.include('tok_secret')
      expect(code).to.equal(1)
      expect(other.requests).to.deep.equal([])
    })

    it('is told to sign in again where the server does not know it', async () => {
      const { code, complaint } = await home.run(['agents', '--url', border.get.server.url], {
        SAFELIGHT_TOKEN: 'tok_old',
      })
      expect(complaint).to.include('does not know this token').and.include('safelight sign-in')
      expect(code).to.equal(1)
    })

    it('is told that the profile is damaged', async () => {
      mkdirSync(dirname(home.profile), { recursive: true })
      writeFileSync(home.profile, '{"url":')
      const { code, complaint } = await home.run(['agents'])
      expect(complaint).to.include(`${home.profile} is damaged`).and.include('safelight sign-in')
      expect(code).to.equal(1)
      expect(readFileSync(home.profile, 'utf8')).to.equal('{"url":')
    })
  })
})

function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}

/** Something else that speaks HTTP. */
async function otherServer() {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>Printer</title>')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    requests,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
