import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { compareAll } from '#test/oracle/compare.ts'
import { differences } from '#test/oracle/differences.ts'

const recorded = fileURLToPath(new URL('../../fixtures/shuttersense', import.meta.url))

describe('the shuttersense compatibility mode', () => {
  it('answers as recorded', () => {
    const { compared, differences: found } = compareAll(recorded)
    expect(found).to.deep.equal([])
    expect(compared).to.be.above(1_000)
  })

  it('is compared in all but inventories and quirks', () => {
    const { notCompared } = compareAll(recorded)
    const quirks = notCompared.filter((line) => /^graphs \w+ ways: |q_custom_regex: a quirk$/.test(line))
    expect(notCompared).to.have.length(quirks.length)
    expect(quirks).to.have.length(29)
  })
})

describe('the comparison with recorded answers', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oracle-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** Changes a recorded file in a folder two levels down. */
  function changed(name: string, change: (text: string) => string): string {
    const inside = join(folder, 'more', 'clean')
    cpSync(join(recorded, 'clean'), inside, { recursive: true })
    const path = join(inside, `${name}.json.gz`)
    writeFileSync(path, gzipSync(change(gunzipSync(readFileSync(path)).toString())))
    return folder
  }

  it('finds a recorded number that is not ours', () => {
    const root = changed('expected', (text) => text.replace('"total_size": 32801', '"total_size": 32802'))
    expect(compareAll(root).differences).to.deep.equal([
      { where: 'more/clean photostats.results.total_size', what: 'ours 32801, recorded 32802' },
    ])
  })

  it('finds what another tree gives, everywhere', () => {
    const root = changed('manifest', (text) => text.replace('R5M20001.cr3', 'R5M20001.crx'))
    const places = compareAll(root).differences.map(({ where }) => where.split(/[ .]/)[1])
    expect(new Set(places)).to.include.all.keys(
      'file_list_hash',
      'photostats',
      'photo_pairing',
      'pipeline_driven',
      'pipeline_validation',
      'detail',
    )
  })

  it('says what it has found, and fails, as a program', () => {
    const root = changed('expected', (text) => text.replace('"total_size": 32801', '"total_size": 1'))
    const program = fileURLToPath(new URL('../../oracle/main.ts', import.meta.url))
    const run = () => execFileSync(process.execPath, [program, root], { stdio: 'pipe' })
    expect(run).to.throw().with.property('status', 1)
    expect(run)
      .to.throw()
      .with.property('stdout')
      .that.matches(/DIFFERENT .*total_size: ours 32801, recorded 1\n/)
  })

  it('fails on a folder where nothing is recorded', () => {
    const program = fileURLToPath(new URL('../../oracle/main.ts', import.meta.url))
    const run = () => execFileSync(process.execPath, [program, folder], { stdio: 'pipe' })
    expect(run).to.throw().with.property('status', 1)
  })

  it('takes lists as bags, but for ways', () => {
    expect(differences('a', { images: ['x', 'y'] }, { images: ['y', 'x'] })).to.deep.equal([])
    expect(differences('a', { images: ['x', 'x'] }, { images: ['x'] })).to.deep.equal([
      { where: 'a.images', what: 'only ours: "x"' },
    ])
    expect(differences('a', { path: ['x', 'y'] }, { path: ['y', 'x'] })).to.have.length(1)
    expect(differences('a', [{ path: ['x', 'y'] }], [{ path: ['y', 'x'] }])).to.have.length(2)
  })

  it('takes 6 digits after the point for enough, and a missing answer for a difference', () => {
    expect(differences('a', 66.66666666, 66.666667)).to.deep.equal([])
    expect(differences('a', 66.6666, 66.666667)).to.have.length(1)
    expect(differences('a', { b: 1 }, {})).to.deep.equal([{ where: 'a.b', what: 'ours 1, recorded nothing' }])
  })
})
