import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultFolder } from '#agent/settings/folders.ts'
import { type Flags, flagOf, readSettings, type Settings, shownSettings } from '#agent/settings/read.ts'
import { settingNames, variableOf } from '#specs/agent-settings.ts'
import { runFolder } from '../support/run.ts'

describe('the settings of an agent', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = runFolder(`settings-${randomUUID()}`)
    file = join(folder, 'agent.json')
  })

  function read(
    flags: Flags = {},
    environment: Record<string, string> = {},
    content?: string | object,
    insisted = false,
  ): Settings {
    if (content !== undefined)
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
    return readSettings({ flags, environment, file, insisted, workingFolder: folder, delimiter: ':' })
  }

  it('have defaults for all that has to be there', () => {
    const { values, origins } = read()
    expect(values).to.deep.equal({
      tags: [],
      roots: [],
      slots: 1,
      threadMemoryMb: 512,
      drainMs: 60_000,
      log: 'info',
    })
    expect(new Set(Object.values(origins))).to.deep.equal(new Set(['default']))
  })

  it('come from a flag before the environment, from that before the file, and say so', () => {
    const given = { name: 'file', slots: 2, log: 'warn', drainMs: 1 }
    const environment = {
      SAFELIGHT_AGENT_NAME: 'environment',
      SAFELIGHT_AGENT_SLOTS: '3',
      SAFELIGHT_AGENT_LOG: '',
    }
    const { values, origins } = read({ name: 'flag' }, environment, given)
    expect(values).to.include({ name: 'flag', slots: 3, log: 'warn', drainMs: 1 })
    expect(origins).to.include({
      name: '--name',
      slots: 'SAFELIGHT_AGENT_SLOTS',
      log: file,
      threads: 'default',
    })
  })

  it('take lists from the environment', () => {
    const { values } = read({}, { SAFELIGHT_AGENT_ROOTS: '/a:/b c', SAFELIGHT_AGENT_TAGS: 'x=1,y=2' })
    expect(values).to.deep.include({ roots: ['/a', '/b c'], tags: ['x=1', 'y=2'] })
  })

  it('put variables and files in place', () => {
    writeFileSync(join(folder, 'token'), ' art_1 \n')
    const given = {
      name: '${WHERE}-${WHAT:-nas}',
      roots: ['/photos/${WHERE}'],
      slots: '${N:-4}',
      token: 'file:token',
    }
    const { values } = read({}, { WHERE: 'attic' }, given)
    expect(values).to.deep.include({ name: 'attic-nas', roots: ['/photos/attic'], slots: 4, token: 'art_1' })
  })

  const mistakes: [what: string, content: string | object, says: RegExp][] = [
    [
      'a variable that is not set',
      { name: '${NOWHERE}' },
      /'name' in .*agent\.json needs the variable NOWHERE.*:-default/,
    ],
    [
      'a file that is not there',
      { token: 'file:none' },
      /'token' in .* names the file .*none, which can't be read/,
    ],
    ['a comment', '{\n  "slots": 1, // one\n}', /agent\.json, line 2: JSON has no comments/],
    ['a block comment', '/* mine */ {}', /line 1: JSON has no comments/],
    ['no JSON', '{"slots": 1,}', /is not valid JSON/],
    ['a list', '[]', /must hold one JSON object/],
    ['an unknown setting', { rots: [] }, /'rots' in .*agent\.json is no setting \(there are: server, /],
    ['a wrong address', { server: 'ftp://x' }, /server \(from .*\): must be an address like https/],
    ['a wrong tag', { tags: ['room'] }, /tags\.0 \(from .*\): must be 'key=value'/],
    ['a number that is none', { slots: true }, /slots \(from .*\): must be a whole number from 1 to 64/],
    ['many things', { slots: 99, log: 'loud' }, /slots .*; log /],
  ]
  for (const [what, content, says] of mistakes) {
    it(`are refused with ${what}`, () => {
      expect(() => read({}, {}, content)).to.throw(says)
    })
  }

  it('take two slashes in a text for no comment', () => {
    expect(read({}, {}, { server: 'https://example.org/"//"' }).values.server).to.include('https://')
  })

  it('are refused with a variable that nobody reads', () => {
    expect(() => read({}, { SAFELIGHT_AGENT_ROOT: '/photos' })).to.throw(
      /no variable SAFELIGHT_AGENT_ROOT.*SAFELIGHT_AGENT_ROOTS/,
    )
    // One of a server's on the same machine begins like an agent's.
    expect(() => read({}, { SAFELIGHT_AGENT_PER_MINUTE: '10' })).not.to.throw()
  })

  it('need their file when it was named', () => {
    expect(() => read({}, {}, undefined, true)).to.throw(/settings file .*agent\.json can't be read/)
  })

  it('are shown without secrets', () => {
    const shown = shownSettings(read({ token: 'art_secret', roots: ['/a', '/b'] }))
    expect(JSON.stringify(shown)).to.not.include('art_secret')
    expect(shown).to.deep.include({ name: 'roots', value: '/a, /b', origin: '--root' })
  })

  it('have one name for each place', () => {
    expect(variableOf('threadMemoryMb')).to.equal('SAFELIGHT_AGENT_THREAD_MEMORY_MB')
    expect(flagOf('threadMemoryMb')).to.equal('--thread-memory-mb')
    expect(new Set(settingNames.map(variableOf)).size).to.equal(settingNames.length)
  })

  it('lie where the system keeps such things', () => {
    const at = (platform: NodeJS.Platform, environment = {}) =>
      defaultFolder({ platform, home: '/home/me', environment })
    expect(at('linux')).to.equal('/home/me/.local/state/safelight-agent')
    expect(at('linux', { XDG_STATE_HOME: '/var/state' })).to.equal('/var/state/safelight-agent')
    expect(at('darwin')).to.equal('/home/me/Library/Application Support/Safelight Agent')
    expect(at('win32', { LOCALAPPDATA: 'C:\\Local' })).to.equal('C:\\Local\\Safelight Agent')
  })
})
