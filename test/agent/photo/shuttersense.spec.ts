import { expect } from 'chai'
import { compilePattern } from '#agent/photo/pattern/pattern.ts'
import { ShuttersenseConfiguration } from '#agent/photo/shuttersense/configuration.ts'
import { ShuttersenseFailure } from '#agent/photo/shuttersense/failure.ts'
import {
  parserOf,
  parseStandard,
  reasonAgainst,
  type ParseName,
} from '#agent/photo/shuttersense/file-name.ts'
import { filesAmong, namedFiles, type NamedFile } from '#agent/photo/shuttersense/files.ts'
import { groupPhotos } from '#agent/photo/shuttersense/groups.ts'
import { configurationHash, fileListHash, inputStateHash } from '#agent/photo/shuttersense/input-state.ts'
import { camerasOf, photoPairing } from '#agent/photo/shuttersense/photo-pairing.ts'
import { pairedFiles, photostats } from '#agent/photo/shuttersense/photostats.ts'
import { compareText, isAllDigits, sortedBy, sortedTexts } from '#agent/photo/shuttersense/text.ts'

const configuration = ShuttersenseConfiguration.parse({
  photo_extensions: ['.DNG', '.cr3', 'tif'],
  metadata_extensions: ['.xmp'],
  require_sidecar: ['.Cr3', '.psd'],
  camera_mappings: {
    AB3D: [[{ name: 'EOS R5', serial_number: '' }]],
    XYZW: { name: 'EOS R5' },
    R5M2: [],
    A1B2: [{ name: '', serial_number: 9 }],
  },
  processing_methods: { HDR: 'Merged', Pano: 'Merged', BW: '' },
})

function files(...paths: string[]): NamedFile[] {
  return namedFiles(paths.map((path) => ({ path, size: 10, mtime: 0 })))
}

describe('a listing, as shuttersense sees it', () => {
  it('holds regular files and links to files, with the size of what they lead to', () => {
    const at = { size: 1, mtime: 2 }
    const listed = filesAmong([
      { path: '.hidden/._X.CR3', kind: 'file', ...at },
      { path: 'X.CR3', kind: 'folder', ...at },
      { path: 'pipe.CR3', kind: 'other', ...at },
      { path: 'broken.CR3', kind: 'link', ...at },
      { path: 'link.CR3', kind: 'link', ...at, target: { kind: 'file', size: 30, mtime: 40 } },
      { path: 'folder', kind: 'link', ...at, target: { kind: 'folder', size: 30, mtime: 40 } },
    ])
    expect(listed).to.deep.equal([
      { path: '.hidden/._X.CR3', size: 1, mtime: 2 },
      { path: 'link.CR3', size: 30, mtime: 40 },
    ])
  })

  it('has names that are taken apart at the last dot', () => {
    const parts = files('a/.xmp', 'a.b/AB3D0002.', 'X.CR3.XMP', 'README', 'a.CR3 ', 'x.İPG').map(
      ({ stem, extension }) => [stem, extension],
    )
    expect(parts).to.deep.equal([
      ['', '.xmp'],
      ['AB3D0002', '.'],
      ['X.CR3', '.xmp'],
      ['README', ''],
      ['a', '.cr3 '],
      ['x', '.i̇pg'],
    ])
  })

  it('is sorted by code points', () => {
    const names = ['\ue000', '\u{10000}', 'b', '\ud800', 'a\u{1f600}', 'a\uffff', 'a']
    const wanted = ['a', 'a\uffff', 'a\u{1f600}', 'b', '\ud800', '\ue000', '\u{10000}']
    expect(sortedTexts(names)).to.deep.equal(wanted)
    expect(sortedBy(names, (name) => name)).to.deep.equal(wanted)
    expect(names.toSorted(compareText)).to.deep.equal(wanted)
    expect(compareText('\ud83d', '\ud83da')).to.be.below(0)
    expect(compareText('x', 'x')).to.equal(0)
  })

  it('has a hash that floors times and sorts by code points', () => {
    const given = [
      { path: 'b.dng', size: 1, mtime: 1_600_000_000.9 },
      { path: '\u{10000}.dng', size: 2, mtime: 7 },
      { path: '\ue000.dng', size: 3, mtime: 1.5 },
    ]
    const settings = {
      camera_mappings: { AB3D: [{ name: 'Été', serial_number: '' }] },
      processing_methods: { HDR: 'High 📷', '': null },
      photo_extensions: ['.dng', '.CR3'],
      metadata_extensions: ['.xmp'],
      require_sidecar: [],
      cameras: 'is no key that counts',
    }
    // By Python's hashlib and json, of the same lines and of the same settings.
    expect(fileListHash(given)).to.equal('9a5c62c6ee7f806c1b799ddeb8f6f8c57eeeb6e77c7c9f95fdd5a11d0fdb15f1')
    expect(configurationHash(settings)).to.equal(
      '1f7483cccbc0ae660de763c4d0d1ed9bf665fa11ecbff97c958cfafb094ee3a8',
    )
    expect(inputStateHash('photostats', given, settings)).to.equal(
      '999566827b8bb2d7ca036f51013ee77f0ad51750e402995645b1d3114797d494',
    )
  })
})

describe('a name, as shuttersense reads it', () => {
  const reasons: Record<string, string | null> = {
    'AB3.dng': 'CAMERA_TOO_SHORT',
    '🙂🙂🙂.dng': 'CAMERA_TOO_SHORT',
    'ab3d0001.dng': 'CAMERA_LOWERCASE',
    'ªB3D0001.dng': 'CAMERA_LOWERCASE',
    'ÀB3D0001.dng': 'CAMERA_CHARSET',
    'AB3D001.dng': 'COUNTER_NOT_4_DIGITS',
    'AB3D0000.dng': 'COUNTER_ZERO',
    'AB3D٠٠٠١.dng': 'COUNTER_NON_ASCII',
    'AB3D000².dng': 'COUNTER_NON_ASCII',
    'AB3D0001-.dng': 'PROPERTY_EMPTY',
    'AB3D0001--HDR.dng': 'PROPERTY_EMPTY',
    'AB3D0001 copy.dng': 'PROPERTY_CHARSET',
    'AB3D10000.dng': 'PROPERTY_CHARSET',
    'AB3D0001-HDR 2_x-2.dng': null,
    'AB3D0001\n.dng': null,
    'AB3D0001.d~g': 'EXTENSION_CHARSET',
  }
  for (const [name, reason] of Object.entries(reasons))
    it(`${JSON.stringify(name)} is ${reason ?? 'valid'}`, () => {
      const [file] = files(name)
      expect(reasonAgainst(file?.stem ?? '', file?.extension ?? '')).to.equal(reason)
    })

  it('may have a newline before the dot, which is the last property’s', () => {
    expect(parseStandard('AB3D0008-HDR\n', '.dng')?.properties).to.deep.equal(['HDR\n'])
    expect(parseStandard('AB3D0008\n', '.dng')?.properties).to.deep.equal([])
    expect(parseStandard('AB3D0008\n\n', '.dng')).to.equal(undefined)
  })

  it('has digits of any script as the number of a separate image, superscripts too', () => {
    expect(['2', '02', '٢', '²', '①', '1٢²'].every(isAllDigits)).to.equal(true)
    expect(['', '2K', '½', '十', '-2', 'x'].some(isAllDigits)).to.equal(false)
  })

  it('is read from its start by a pattern, and what follows is split at dashes', () => {
    const read = (stem: string) => parserOf('(IMG|DSC)_?([0-9]{4})', 1, compilePattern)(stem, '.dng')
    expect(read('IMG_0000')).to.deep.equal({ camera: 'IMG', counter: '0000', properties: [] })
    expect(read('DSC0001--2-a+b')?.properties).to.deep.equal(['2', 'a+b'])
    expect(read('DSC0001Edit')?.properties).to.deep.equal(['Edit'])
    expect(['xIMG_0001', 'IMG_0001-', 'IMG_0001--', 'IMG_0001-a--b'].map(read)).to.deep.equal(
      Array(4).fill(undefined),
    )
  })

  it('has its camera in the second group where the pattern says so', () => {
    const read = parserOf('(\\d{4})_([A-Z]+)', 2, compilePattern)
    expect(read('0001_SONY-2', '.dng')).to.deep.equal({ camera: 'SONY', counter: '0001', properties: ['2'] })
  })

  it('is read by the standard where the pattern is none, and not at all where it has one group', () => {
    expect(parserOf('(', 1, compilePattern)('AB3D0001', '.dng')?.camera).to.equal('AB3D')
    expect(parserOf('(AB3D0001)', 1, compilePattern)('AB3D0001', '.dng')).to.equal(undefined)
  })
})

describe('photostats, as shuttersense counts', () => {
  it('counts photos and sidecars, whatever the case of their extension', () => {
    const { results, files_scanned } = photostats(
      files('a.CR3', 'b/a.xMp', 'c.dng', 'd.tif', 'e.jpg'),
      configuration,
    )
    expect(files_scanned).to.equal(3)
    expect(results).to.deep.include({
      total_files: 3,
      total_size: 30,
      file_counts: { '.cr3': 1, '.xmp': 1, '.dng': 1 },
      storage_by_type: { '.cr3': 10, '.xmp': 10, '.dng': 10 },
    })
  })

  it('links by stem, in any folder and in this case only', () => {
    const given = files(
      'x/A.CR3',
      'y/A.xmp',
      'B.CR3',
      'b.xmp',
      'C.CR3',
      'C.CR3.xmp',
      'D.dng',
      'E.cr3',
      'E.dng',
      'E.psd',
    )
    const { results, issues_found } = photostats(given, configuration)
    expect(results.orphaned_images).to.deep.equal(['B.CR3', 'C.CR3', 'E.cr3'])
    expect(results.orphaned_xmp).to.deep.equal(['C.CR3.xmp', 'b.xmp'])
    expect(issues_found).to.equal(5)
    expect(pairedFiles(given, configuration)).to.deep.equal([
      { base_name: 'A', files: ['x/A.CR3', 'y/A.xmp'] },
    ])
  })
})

describe('photo pairing, as shuttersense counts', () => {
  const grouped = (paths: readonly string[], parse: ParseName = parseStandard) =>
    groupPhotos(files(...paths), configuration, parse)

  it('groups by camera and counter and separates images by their number', () => {
    const { groups, invalid } = grouped([
      'b/AB3D0001-HDR-2.dng',
      'a/AB3D0001-2-BW-3.dng',
      'AB3D0001-02.dng',
      'AB3D0001.xmp',
      'nope.dng',
    ])
    expect(invalid.map(({ path }) => path)).to.deep.equal(['nope.dng'])
    const [group] = groups
    expect(Array.from(group?.images ?? [], ([suffix, { methods }]) => [suffix, methods])).to.deep.equal([
      ['2', ['3', 'BW', 'HDR']],
      ['02', []],
    ])
    expect(group?.images.get('2')?.files.map(({ path }) => path)).to.deep.equal([
      'a/AB3D0001-2-BW-3.dng',
      'b/AB3D0001-HDR-2.dng',
    ])
  })

  it('counts by label: those that share one are one', () => {
    const found = grouped([
      'AB3D0001-HDR.dng',
      'AB3D0001-2-Pano.dng',
      'XYZW0001-BW.dng',
      'R5M20001.dng',
      'A1B20001.dng',
    ])
    expect(photoPairing(found, configuration).results).to.deep.equal({
      group_count: 4,
      image_count: 5,
      file_count: 5,
      invalid_files_count: 0,
      camera_usage: { 'EOS R5': 3, A1B2: 1, R5M2: 1 },
      method_usage: { Merged: 2, BW: 1 },
    })
    expect(camerasOf(found, configuration)['AB3D']).to.deep.equal({ name: 'EOS R5' })
  })

  it('counts what is called as a part of every object', () => {
    const read = parserOf('([a-z_]+)(\\d)', 1, compilePattern)
    const found = grouped(['__proto__1-constructor.dng', 'constructor1-__proto__.dng'], read)
    const { camera_usage, method_usage } = photoPairing(found, configuration).results
    expect(Object.entries(camera_usage)).to.deep.equal([
      ['__proto__', 1],
      ['constructor', 1],
    ])
    expect(Object.keys(method_usage)).to.deep.equal(['constructor', '__proto__'])
  })

  it('fails as a whole where a pattern’s optional group takes no part', () => {
    const read = parserOf('^(IMG_)?([0-9]{4})', 1, compilePattern)
    expect(() => grouped(['IMG_0001.dng', '0002.dng'], read)).to.throw(ShuttersenseFailure, '0002.dng')
  })
})
