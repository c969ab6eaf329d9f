import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseObject, readSettingsFile } from '#host/settings/file.ts'
import { nearest } from '#host/settings/nearest.ts'
import { referencesIn, withFiles, withVariables } from '#host/settings/references.ts'
import { runFolder } from '../support/run.ts'

describe('references in settings', () => {
  const environment = { A: 'one', EMPTY: '' }
  const cases: [text: unknown, value: unknown][] = [
    ['plain', 'plain'],
    ['${A}', 'one'],
    ['a-${A}-${A}', 'a-one-one'],
    ['${B:-two}', 'two'],
    ['${A:-two}', 'one'],
    ['${EMPTY:-two}', 'two'],
    ['${B:-}', ''],
    ['$A ${} ${1A} $${A}', '$A ${} ${1A} $one'],
    [
      ['${A}', 7],
      ['one', 7],
    ],
    [7, 7],
  ]
  for (const [text, value] of cases) {
    it(`make ${JSON.stringify(value)} of ${JSON.stringify(text)}`, () => {
      expect(withVariables(text, environment, 'it')).to.deep.equal(value)
    })
  }

  it('name the setting and the variable that is missing', () => {
    for (const text of ['${B}', '${EMPTY}', ['${A}', 'x${B}']])
      expect(() => withVariables(text, environment, "'db' in a file")).to.throw(
        /^'db' in a file needs the variable (B|EMPTY), which is not set/,
      )
  })

  it('read a file without the blanks around what it holds, and say which one can not be read', () => {
    const folder = runFolder(`references-${randomUUID()}`)
    writeFileSync(join(folder, 'secret'), ' s3cret\n')
    writeFileSync(join(folder, 'large'), 'x'.repeat(65_537))
    expect(withFiles('file:secret', folder, 'it')).to.equal('s3cret')
    expect(withFiles(['file:secret', 'b'], folder, 'it')).to.deep.equal(['s3cret', 'b'])
    expect(() => withFiles('file:none', folder, 'PORT')).to.throw(
      /^PORT names the file .*none, which can't be read/,
    )
    expect(() => withFiles('file:large', folder, 'PORT')).to.throw(/more than 65536 bytes/)
  })

  it('are told by name, and without defaults, which may be secrets', () => {
    expect(referencesIn('${A}-${B:-s3cret}-${A}')).to.deep.equal(['${A}', '${B}'])
    expect(referencesIn('file:/run/${A:-s3cret}')).to.deep.equal(['file:/run/${A}'])
    expect(referencesIn(['x', '${A}'])).to.deep.equal(['${A}'])
    expect(referencesIn('plain')).to.deep.equal([])
  })
})

describe('a settings file', () => {
  it('may be absent where nobody has named it', () => {
    expect(readSettingsFile('/nowhere/at/all.json', false)).to.equal(null)
    expect(() => readSettingsFile('/nowhere/at/all.json', true)).to.throw(/settings file .* can't be read/)
  })

  it('is never quoted where it is not right: it may hold secrets', () => {
    for (const text of ['{"a": s3cret}', '{"a": "s3cret" "b"}', 's3cret', '["s3cret"]'])
      expect(() => parseObject(text, 'file.json')).to.throw(
        /^file\.json (is not valid|must hold)((?!s3cret).)*$/,
      )
  })
})

describe('the nearest of known words', () => {
  const known = ['PORT', 'HOST', 'SAFELIGHT_QUEUE_MAX', 'SAFELIGHT_LEASE_MS']
  const cases: [word: string, near: string | undefined][] = [
    ['SAFELIGHT_QUEUE_MX', 'SAFELIGHT_QUEUE_MAX'],
    ['SAFELIGHT_LEASEMS', 'SAFELIGHT_LEASE_MS'],
    ['PROT', 'PORT'],
    ['POST', 'PORT'],
    ['XY', undefined],
    ['SAFELIGHT_WEATHER', undefined],
  ]
  for (const [word, near] of cases) {
    it(`to ${word} is ${near}`, () => expect(nearest(word, known)).to.equal(near))
  }
})
