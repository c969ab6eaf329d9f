import { expect } from 'chai'
import fc from 'fast-check'
import { fileNameOf } from '#agent/photo/file-name.ts'
import { parseName, type InvalidReason } from '#agent/photo/parse-name.ts'
import { photoKey, Scopes } from '#agent/photo/scope.ts'
import { keyOf } from '#specs/pipelines/compared.ts'
import { matcherOf, standardMatcher } from '#specs/pipelines/naming.ts'
import { patterns } from '#test/specs/pipelines/patterns.ts'

const seed = 20_270

describe("a file's name", () => {
  it('ends with what stands after its last dot', () => {
    const parts = (name: string) => [fileNameOf(name).stem, fileNameOf(name).extension]
    expect(parts('AB3D0001.CR3')).to.deep.equal(['AB3D0001', '.cr3'])
    expect(parts('AB3D0001.CR3.xmp')).to.deep.equal(['AB3D0001.CR3', '.xmp'])
    expect(parts('.xmp')).to.deep.equal(['.xmp', ''])
    expect(parts('AB3D0001.')).to.deep.equal(['AB3D0001.', ''])
    expect(parts(`x.${'y'.repeat(40)}`)).to.deep.equal([`x.${'y'.repeat(40)}`, ''])
  })

  it('is compared without case, and however its accents are written', () => {
    const [composed, apart] = ['Caf\u00e9 1.CR3', 'CAFE\u0301 1.cr3']
    expect(fileNameOf(composed).key).to.equal(fileNameOf(apart).key)
    expect(fileNameOf(apart).shown).to.equal(apart)
    expect(fileNameOf(Buffer.from(apart))).to.deep.equal(fileNameOf(apart))
  })

  // Mutant: bytes that are no text are replaced by the same sign.
  it('of bytes that are no text is shown byte by byte, and stays different from others', () => {
    const [one, other] = [
      fileNameOf(Buffer.from('a\xff.CR3', 'latin1')),
      fileNameOf(Buffer.from('a\xfe.CR3', 'latin1')),
    ]
    expect(one.shown).to.equal('a\\xff.CR3')
    expect(one.extension).to.equal('.cr3')
    expect(one.key).not.to.equal(other.key)
    expect(one.key).not.to.equal(fileNameOf('a\\xff.CR3').key)
    expect(fileNameOf(Buffer.from('\ufeffa.CR3')).stem).to.equal('\ufeffa')
  })

  // Mutant: accents are compared as they are written.
  it(`is the same to compare once it has been (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => {
        expect(keyOf(keyOf(text))).to.equal(keyOf(text))
        expect(keyOf(text.normalize('NFD'))).to.equal(keyOf(text))
      }),
      { seed, numRuns: 2_000 },
    )
  })
})

describe("a photo's name", () => {
  const parsed = (stem: string) => parseName(stem, standardMatcher)

  it('says the camera, the number, what was done, and which separate image it is', () => {
    expect(parsed('AB3D0001').name).to.deep.equal({
      camera: 'AB3D',
      counter: '0001',
      base: 'AB3D0001',
      separate: '',
      methods: [],
      mark: '',
    })
    expect(parsed('AB3D0001-HDR-Focus Stack-2').name).to.deep.equal({
      camera: 'AB3D',
      counter: '0001',
      base: 'AB3D0001',
      separate: '2',
      methods: ['HDR', 'Focus Stack'],
      mark: '-hdr-focus stack',
    })
  })

  // Mutant: the last number is the separate image.
  it('has its separate image in the first number', () => {
    const separate = (stem: string) => [parsed(stem).name?.separate, parsed(stem).name?.methods]
    expect(separate('AB3D0001-2-3-2')).to.deep.equal(['2', ['3', '2']])
    expect(separate('AB3D0001-02')).to.deep.equal(['02', []])
    expect(separate('AB3D0001-2K')).to.deep.equal(['', ['2K']])
  })

  // Mutant: the number is taken out of the mark wherever it stands.
  it('is none that a pipeline expects where that number does not come last', () => {
    expect(parsed('AB3D0001-2-HDR').name?.mark).to.equal(null)
    expect(parsed('AB3D0001-HDR-2').name?.mark).to.equal('-hdr')
  })

  const reasons: readonly [stem: string, reason: InvalidReason][] = [
    ['', 'CAMERA_TOO_SHORT'],
    ['\u{1F642}AB', 'CAMERA_TOO_SHORT'],
    ['ab3d0001', 'CAMERA_LOWERCASE'],
    ['AB\u00dfD0001', 'CAMERA_LOWERCASE'],
    ['AB_D0001', 'CAMERA_CHARSET'],
    ['\u{1F642}B3D0001', 'CAMERA_CHARSET'],
    ['AB3D001', 'COUNTER_NOT_4_DIGITS'],
    ['AB3DE0001', 'COUNTER_NOT_4_DIGITS'],
    ['AB3D0000', 'COUNTER_ZERO'],
    ['AB3D0000--x', 'COUNTER_ZERO'],
    ['AB3D\u0661\u0662\u0663\u0664', 'COUNTER_NON_ASCII'],
    ['AB3D0001-', 'PROPERTY_EMPTY'],
    ['AB3D0001--HDR', 'PROPERTY_EMPTY'],
    ['AB3D0001 x--y', 'PROPERTY_EMPTY'],
    ['AB3D10000', 'PROPERTY_CHARSET'],
    ['AB3D0001 copy', 'PROPERTY_CHARSET'],
    ['AB3D0001.v2', 'PROPERTY_CHARSET'],
    ['AB3D0001-HDR\n', 'PROPERTY_CHARSET'],
    ['AB3D0001\n', 'PROPERTY_CHARSET'],
  ]
  for (const [stem, reason] of reasons)
    it(`is none: ${JSON.stringify(stem)}, ${reason}`, () => expect(parsed(stem)).to.deep.equal({ reason }))

  it(`says what it was made of (seed ${seed})`, () => {
    const camera = fc.stringMatching(/^[A-Z0-9]{4}$/)
    const counter = fc.integer({ min: 1, max: 9_999 }).map((number) => String(number).padStart(4, '0'))
    const methods = fc.array(fc.stringMatching(/^[A-Za-z_ ][A-Za-z0-9_ ]{0,9}$/), { maxLength: 4 })
    const separate = fc.option(fc.stringMatching(/^[0-9]{1,3}$/), { nil: '' })
    fc.assert(
      fc.property(camera, counter, methods, separate, (a, b, done, number) => {
        const stem = [a + b, ...done, ...(number === '' ? [] : [number])].join('-')
        const mark = done.map((method) => `-${method.toLowerCase()}`).join('')
        expect(parsed(stem).name).to.deep.equal({
          camera: a,
          counter: b,
          base: a + b,
          separate: number,
          methods: done,
          mark,
        })
      }),
      { seed, numRuns: 500 },
    )
  })

  it(`is read, or has a reason, whatever it is (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 16 }), (stem) => {
        const { name, reason } = parsed(stem)
        expect((name === undefined) !== (reason === undefined)).to.equal(true)
      }),
      { seed, numRuns: 2_000 },
    )
  })
})

describe("a photo's name by a pattern of one's own", () => {
  const parsed = (pattern: string, cameraGroup: 1 | 2, stem: string) =>
    parseName(stem, matcherOf({ rule: 'pattern', pattern, cameraGroup }, patterns))

  it('says the camera and the number in either order', () => {
    const { name } = parsed('([0-9]{4})_([A-Z]+)', 2, '0007_SONY-Edit-3')
    expect(name).to.deep.equal({
      camera: 'SONY',
      counter: '0007',
      base: '0007_SONY',
      separate: '3',
      methods: ['Edit'],
      mark: '-edit',
    })
  })

  // Mutant: the rest of a name is taken for a property, dash or not.
  it('is none where it does not begin as the pattern says, or goes on without a dash', () => {
    const img = '(IMG|DSC)_([0-9]{4})'
    expect(parsed(img, 1, 'xIMG_0001')).to.deep.equal({ reason: 'PATTERN_MISMATCH' })
    expect(parsed(img, 1, 'IMG_00012')).to.deep.equal({ reason: 'REST_WITHOUT_DASH' })
    expect(parsed(img, 1, 'IMG_0001--HDR')).to.deep.equal({ reason: 'PROPERTY_EMPTY' })
    expect(parsed(img, 1, 'IMG_0001-v1.5').name?.methods).to.deep.equal(['v1.5'])
  })

  it('is none where a group takes no part', () => {
    expect(parsed('(IMG)?_?([0-9]{4})', 1, '0001')).to.deep.equal({ reason: 'PATTERN_MISMATCH' })
  })
})

describe('the scope of a folder', () => {
  const scopes = new Scopes({ scope: 'folder', siblingFolders: ['Edited', 'XMP'] })

  // Mutant: known folders are taken away in the middle of a path, too.
  it('is the folder that holds it where its name is known, otherwise itself', () => {
    const cases = {
      '2024/trip': '2024/trip',
      '2024/trip/Edited': '2024/trip',
      '2024/trip/edited/xmp': '2024/trip',
      Edited: '',
      '': '',
      '2024/Edited/raw': '2024/Edited/raw',
      '2024/trip/Editedx': '2024/trip/Editedx',
    }
    for (const [folder, scope] of Object.entries(cases)) expect(scopes.of(folder), folder).to.equal(scope)
  })

  it('is the whole collection where that is wished', () => {
    expect(new Scopes({ scope: 'collection', siblingFolders: [] }).of('2024/trip')).to.equal('')
  })

  // Mutant: camera and number are put together without anything between them.
  it('makes photos of one name in two folders two, and never one of two cameras', () => {
    const keys = [
      photoKey('a', { camera: 'IMG', counter: '10001' }),
      photoKey('a', { camera: 'IMG1', counter: '0001' }),
      photoKey('b', { camera: 'IMG', counter: '10001' }),
      photoKey('a/IMG', { camera: '1', counter: '0001' }),
    ]
    expect(new Set(keys).size).to.equal(keys.length)
  })
})
