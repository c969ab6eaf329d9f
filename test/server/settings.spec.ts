import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSettings } from '#server/settings.ts'
import { variableOf, settingNames } from '#specs/agent-settings.ts'
import { runFolder } from '../support/run.ts'

describe('the settings of a server', () => {
  let folder: string
  before(() => {
    folder = runFolder(`server-settings-${randomUUID()}`)
  })
  function file(name: string, content: string | object): string {
    const path = join(folder, name)
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
    return path
  }
  const shown = (environment: Record<string, string>) =>
    Object.fromEntries(
      readSettings(environment).shown.map(({ name, value, source }) => [name, [value, source]]),
    )

  it('have defaults for all that has to be there, and say so', () => {
    const settings = readSettings({})
    expect(settings).to.include({ host: '127.0.0.1', port: 4600, localAgent: true, logLevel: 'warn' })
    expect(settings.agentsFrom).to.deep.equal([])
    expect(new Set(settings.shown.map(({ source }) => source))).to.deep.equal(new Set(['default']))
    expect(settings.warnings).to.deep.equal([])
  })

  it('come from the environment before the file, and that before the default', () => {
    const config = file('order.json', {
      PORT: 4700,
      HOST: '::1',
      SAFELIGHT_TRUSTED_PROXIES: ['10.0.0.1', 'fd00::/8'],
    })
    const environment = { SAFELIGHT_CONFIG: config, PORT: '4800', SAFELIGHT_LOG: '' }
    expect(readSettings(environment)).to.deep.include({
      port: 4800,
      host: '::1',
      logLevel: 'warn',
      trustedProxies: ['10.0.0.1', 'fd00::/8'],
    })
    expect(shown(environment)).to.deep.include({
      PORT: ['4800', 'environment'],
      HOST: ['::1', config],
      SAFELIGHT_LOG: ['warn', 'default'],
      SAFELIGHT_TRUSTED_PROXIES: ['10.0.0.1, fd00::/8', config],
    })
  })

  it('put variables and files in place, from either', () => {
    file('password', 'zx81cret\n')
    const config = file('references.json', {
      DATABASE_URL: 'file:url',
      PORT: '${WEB_PORT:-4700}',
    })
    file('url', 'postgresql://ada:zx81cret@db:5432/photos\n')
    const environment = { SAFELIGHT_CONFIG: config, SAFELIGHT_QUEUE_MAX: '${MAX}', MAX: '7' }
    expect(readSettings(environment)).to.include({
      databaseUrl: 'postgresql://ada:zx81cret@db:5432/photos',
      port: 4700,
      queueMax: 7,
    })
    expect(shown(environment)).to.deep.include({
      DATABASE_URL: ['postgresql://ada:(hidden)@db:5432/photos', `${config}: file:url`],
      SAFELIGHT_QUEUE_MAX: ['7', 'environment: ${MAX}'],
      PORT: ['4700', `${config}: \${WEB_PORT}`],
    })
  })

  const secrets = [
    'postgres://ada:zx81cret@db/photos',
    'postgres://ada:zx81%40cret@db/photos?sslmode=require&password=zx81cret',
    'postgres://ada:a@zx81cret@db/photos',
    'postgres://ada:a/zx81cret@db/photos',
    'postgres://ada:a?zx81cret@db/photos',
    'postgres://db/photos?user=ada&password=zx81cret#zx81cret',
  ]
  for (const url of secrets) {
    it(`show '${url}' without its password`, () => {
      const text = JSON.stringify(readSettings({ DATABASE_URL: url }).shown)
      expect(text).not.to.include('zx81')
      expect(text).to.include('db/photos').and.include('(hidden)')
    })
  }

  const mistakes: [what: string, environment: Record<string, string>, says: RegExp][] = [
    ['a number that is too large', { PORT: '99999' }, /PORT: must be a whole number from 0 to 65535$/],
    ['a number that is none', { PORT: 'many' }, /PORT: must be a whole number from 0 to 65535$/],
    ['a fraction', { SAFELIGHT_LEASE_MS: '1.5' }, /SAFELIGHT_LEASE_MS: must be a whole number from 1 to /],
    ['a number in another notation', { PORT: '0x10' }, /PORT: must be a whole number/],
    [
      'a variable that is not set',
      { DATABASE_URL: 'postgres://u:${NOWHERE}@db/x' },
      /DATABASE_URL needs the variable NOWHERE/,
    ],
    [
      'a file that is not there',
      { DATABASE_URL: 'file:/nowhere/url' },
      /DATABASE_URL names the file \/nowhere\/url, which can't be read/,
    ],
    ['an empty database', { DATABASE_URL: '' }, /DATABASE_URL: must look like postgresql:/],
    [
      'a network that is none',
      { SAFELIGHT_AGENTS_FROM: '10.0.0.0/8, office' },
      /SAFELIGHT_AGENTS_FROM: must be addresses and networks/,
    ],
    ['a network without a length', { SAFELIGHT_ADMINS_FROM: '10.0.0.0/' }, /SAFELIGHT_ADMINS_FROM: must be/],
    ['a proxy that is none', { SAFELIGHT_TRUSTED_PROXIES: 'nginx' }, /SAFELIGHT_TRUSTED_PROXIES: must be/],
    [
      'a policy that is not there',
      { SAFELIGHT_POLICY: '/nowhere.json' },
      /SAFELIGHT_POLICY: the policy \/nowhere\.json can't be read/,
    ],
    [
      'times that contradict each other',
      { SAFELIGHT_LEASE_MS: '5' },
      /SAFELIGHT_\*_MS: leaseMs \(5\) must be more/,
    ],
    [
      'a settings file that is not there',
      { SAFELIGHT_CONFIG: '/nowhere.json' },
      /settings file \/nowhere\.json can't be read/,
    ],
    [
      'many things',
      { PORT: 'x', SAFELIGHT_LOG: '${NO}', HOST: '${HO}' },
      /HOST needs.*SAFELIGHT_LOG needs.*PORT: must/,
    ],
  ]
  for (const [what, environment, says] of mistakes) {
    it(`are refused with ${what}`, () => {
      expect(() => readSettings(environment)).to.throw(says)
    })
  }

  it('are refused with what is no setting in the file, which names the one that may be meant', () => {
    const config = file('slip.json', { PROT: 1, weather: 'fine' })
    expect(() => readSettings({ SAFELIGHT_CONFIG: config })).to.throw(
      /slip\.json has what is no setting: 'PROT' \(did you mean PORT\?\), 'weather'/,
    )
  })

  it('never tell a secret where something is wrong', () => {
    file('broken', 'mysql://ada:zx81cret@db/x')
    const config = file('broken.json', '{"DATABASE_URL": "postgres://ada:zx81cret@db/x",}')
    for (const environment of [
      { DATABASE_URL: `file:${join(folder, 'broken')}` },
      { SAFELIGHT_CONFIG: config },
    ])
      expect(() => readSettings(environment)).to.throw(/^((?!zx81cret).)*$/)
  })
})

describe('the warnings about settings', () => {
  const warnings = (environment: Record<string, string>) => readSettings(environment).warnings.join('\n')

  it('name a variable that nobody reads, and the one that may be meant', () => {
    expect(warnings({ SAFELIGHT_QUEUE_MX: '1' })).to.equal(
      'nothing reads the variable SAFELIGHT_QUEUE_MX: did you mean SAFELIGHT_QUEUE_MAX?',
    )
    expect(warnings({ SAFELIGHT_AGENT_PER_MINUT: '1' })).to.include(
      'did you mean SAFELIGHT_AGENT_PER_MINUTE?',
    )
    expect(warnings({ SAFELIGHT_WEATHER_OF_TODAY: '1' })).to.include('README.md lists those that there are')
  })

  it('leave alone what an agent or the command line reads', () => {
    const names = [...settingNames.map(variableOf), 'SAFELIGHT_AGENT_STATE', 'SAFELIGHT_AGENT_CONFIG']
    for (const name of [
      ...names,
      'SAFELIGHT_URL',
      'SAFELIGHT_TOKEN',
      'SAFELIGHT_PASSWORD',
      'SAFELIGHT_PROFILE',
    ])
      expect(warnings({ [name]: 'x' }), name).to.equal('')
  })

  const open: [environment: Record<string, string>, warned: boolean][] = [
    [{ HOST: '0.0.0.0' }, true],
    [{ HOST: '::' }, true],
    [{ HOST: '192.0.2.7' }, true],
    [{ HOST: 'photos.local' }, true],
    [{ HOST: '0.0.0.0', SAFELIGHT_PUBLIC_URL: 'http://photos.example.org' }, true],
    [{ HOST: '0.0.0.0', SAFELIGHT_PUBLIC_URL: 'https://photos.example.org' }, false],
    [{ HOST: 'localhost' }, false],
    [{ HOST: '127.0.0.2' }, false],
    [{ HOST: '::1' }, false],
  ]
  for (const [environment, warned] of open) {
    it(`are ${warned ? '' : 'not '}of passwords in the open with ${JSON.stringify(environment)}`, () => {
      expect(warnings(environment).includes('nothing encrypts what they say')).to.equal(warned)
    })
  }

  it('are of a local agent that is shut out', () => {
    expect(warnings({ SAFELIGHT_AGENTS_FROM: '10.0.0.0/8' })).to.include(
      'the local agent calls from 127.0.0.1',
    )
    expect(warnings({ SAFELIGHT_AGENTS_FROM: '10.0.0.0/8,127.0.0.1' })).to.equal('')
    expect(warnings({ SAFELIGHT_AGENTS_FROM: '10.0.0.0/8', SAFELIGHT_LOCAL_AGENT: 'off' })).to.equal('')
  })
})
