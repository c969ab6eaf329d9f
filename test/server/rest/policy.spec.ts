import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PolicyFile } from '#server/rest/policy.ts'
import { silent } from '#runtime/log.ts'
import { allRoutes, type RouteName } from '#specs/routes.ts'
import type { CallInput } from '../../support/api.ts'
import { newEmail, password, type Person, type RestSystem, startRest } from '../../support/rest.ts'
import { runFolder } from '../../support/run.ts'

type Routes = Readonly<Record<string, string>>

describe('a policy', function () {
  this.timeout(30_000)
  let file: string
  let policy: PolicyFile
  let system: RestSystem
  let ada: Person
  let people: Readonly<Record<'viewer' | 'operator' | 'admin' | 'system', Person>>
  const log: { line: string; facts: unknown }[] = []
  const note = (line: string, facts?: unknown) => void log.push({ line, facts })
  before(async () => {
    file = join(runFolder(`policy-${randomUUID()}`), 'policy.json')
    writeFileSync(file, '{"routes": {}}')
    policy = new PolicyFile(file, { ...silent, warn: note, info: note })
    system = await startRest({ policy: () => policy })
    ada = await system.firstAdmin()
    people = {
      viewer: await system.user(ada, 'viewer'),
      operator: await system.user(ada, 'operator'),
      admin: await system.user(ada, 'admin'),
      system: ada,
    }
  })
  after(async () => {
    policy.stop()
    await system.stop()
  })

  /** Writes it beside and puts it in place, as careful programs do, and waits until it is in force. */
  async function put(routes: Routes): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    policy.onChange(resolve)
    writeFileSync(`${file}.new`, JSON.stringify({ routes }))
    renameSync(`${file}.new`, file)
    await promise
  }

  const inputs: Partial<Record<RouteName, () => CallInput>> = {
    makeJwt: () => ({ body: {} }),
    makeUser: () => ({ body: { email: newEmail(), name: 'New', role: 'viewer', password } }),
    signIn: () => ({ body: { email: newEmail(), password } }),
  }
  /** Who of all gets as far as the handler. */
  async function reached(name: RouteName): Promise<string[]> {
    const by: string[] = []
    for (const [who, { api }] of Object.entries(people)) {
      const { status } = await api.try(name, inputs[name]?.())
      if (status !== 403) by.push(who)
    }
    return by
  }

  it('lets the table stand where it says nothing, and narrows what it names, without a restart', async () => {
    expect(await reached('me')).to.deep.equal(['viewer', 'operator', 'admin', 'system'])
    await put({ me: 'operator', makeJwt: 'admin', listUsers: 'system', makeUser: 'nobody' })
    expect(await reached('me')).to.deep.equal(['operator', 'admin', 'system'])
    expect(await reached('makeJwt')).to.deep.equal(['admin', 'system'])
    expect(await reached('listUsers')).to.deep.equal(['system'])
    expect(await reached('makeUser')).to.deep.equal([])
    expect((await people.viewer.api.refused('me')).detail)
      .to.include('policy')
      .and.include('operators')
    await put({})
    expect(await reached('makeUser')).to.deep.equal(['admin', 'system'])
  })

  it('closes what anybody may call', async () => {
    await put({ signIn: 'nobody' })
    expect(await system.anyone.refused('signIn', inputs.signIn?.())).to.include({ code: 'not_allowed' })
    await put({})
    expect(await system.anyone.refused('signIn', inputs.signIn?.())).to.include({ code: 'not_signed_in' })
  })

  it('opens nothing: a scope that a token lacks, it still lacks', async () => {
    await put({ listUsers: 'admin' })
    const { secret } = await ada.api.ok('makeToken', { body: { name: 'script', scopes: ['read'] } })
    expect((await system.as({ bearer: secret }).refused('listUsers')).detail).to.include("the scope 'admin'")
    await put({})
  })

  const broken: [what: string, change: () => void, reason: RegExp][] = [
    ['is no JSON', () => writeFileSync(file, '{"routes": '), /not valid JSON/],
    [
      'names no route',
      () => writeFileSync(file, '{"routes": {"listUser": "admin"}}'),
      /did you mean listUsers/,
    ],
    ['is gone', () => rmSync(file), /is gone/],
  ]
  for (const [what, change, reason] of broken) {
    it(`stays in force where the file ${what}, and the log says why`, async () => {
      await put({ me: 'nobody' })
      const told = Promise.withResolvers<void>()
      const seen = log.length
      const push = log.push.bind(log)
      log.push = (...lines) => {
        told.resolve()
        return push(...lines)
      }
      change()
      await told.promise
      log.push = push
      expect(log[seen]?.line).to.include('the one before stays in force')
      expect(JSON.stringify(log[seen]?.facts)).to.match(reason)
      expect(await reached('me')).to.deep.equal([])
      await put({})
      expect(await reached('me')).to.deep.equal(['viewer', 'operator', 'admin', 'system'])
    })
  }
})

describe('the file of a policy', () => {
  let file: string
  before(() => {
    file = join(runFolder(`policy-${randomUUID()}`), 'policy.json')
  })
  function open(text: string): void {
    writeFileSync(file, text)
    new PolicyFile(file, silent).stop()
  }
  const routes = (given: Routes) => JSON.stringify({ routes: given })

  const mistakes: [what: string, text: string, says: RegExp][] = [
    ['is no JSON', 'routes:\n  me: admin\n', /not valid JSON/],
    ['has nothing of what it may have', '{"deny": {}}', /must look like \{"routes"/],
    ['opens what is closed', routes({ listUsers: 'viewer' }), /listUsers is for admin already/],
    [
      'opens what is for admins of the installation',
      routes({ listTeams: 'admin' }),
      /listTeams is for system already/,
    ],
    [
      'knows a role that nobody has',
      routes({ me: 'owner' }),
      /me must be one of viewer, operator, admin, system, nobody/,
    ],
    [
      'gives people what is for agents',
      routes({ deregister: 'admin' }),
      /deregister is for agent: it can only be for nobody/,
    ],
    [
      'asks for a role before there is one',
      routes({ signIn: 'viewer' }),
      /signIn is for anyone: it can only be for nobody/,
    ],
    ['closes what agents say on sockets too', routes({ agentHello: 'nobody' }), /agentHello can't be closed/],
    ['names no route', routes({ jobs: 'admin' }), /there is no route 'jobs'/],
  ]
  for (const [what, text, says] of mistakes) {
    it(`is refused where it ${what}`, () => {
      expect(() => open(text)).to.throw(says)
    })
  }

  it('is refused with all that is wrong at once, and where it is not there', () => {
    expect(() => open(routes({ me: 'owner', jobs: 'admin' }))).to.throw(/me must be.*no route 'jobs'/)
    expect(() => new PolicyFile(`${file}.none`, silent)).to.throw(/policy .*none can't be read/)
  })

  it('can close every route but those that an agent says on its socket', () => {
    const refused = [...allRoutes.keys()].filter((name) => {
      try {
        open(routes({ [name]: 'nobody' }))
        return false
      } catch {
        return true
      }
    })
    expect(refused).to.have.members(
      [...allRoutes.keys()].filter(
        (name) => /^agent[A-Z]/.test(name) && allRoutes.get(name)?.who === 'agent',
      ),
    )
  })
})
