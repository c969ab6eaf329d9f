import { expect } from 'chai'
import fc from 'fast-check'
import { addScope, mergeScopes, type PhotoScopes, spreadsIn } from '#agent/photo/cross-folder.ts'
import { fileNameOf } from '#agent/photo/file-name.ts'
import { Grouping, type ScannedFile, type ScopePhotos } from '#agent/photo/group.ts'
import { Scopes } from '#agent/photo/scope.ts'
import { standardMatcher } from '#specs/pipelines/naming.ts'
import { PhotoConfig } from '#specs/pipelines/photo-config.ts'

const seed = 20_271
const config = PhotoConfig.parse({ needSidecar: ['.cr3', '.dng'], siblingFolders: ['Edited', 'xmp'] })

function fileOf(path: string): ScannedFile {
  const slash = path.lastIndexOf('/')
  return { folder: slash < 0 ? '' : path.slice(0, slash), name: fileNameOf(path.slice(slash + 1)) }
}
function pathOf({ folder, name }: ScannedFile): string {
  return folder === '' ? name.shown : `${folder}/${name.shown}`
}

/** Scope by scope, in alphabetical order. */
function grouped(paths: readonly string[], given = config): ScopePhotos<ScannedFile>[] {
  const scopes = new Scopes(given)
  const files = Object.groupBy(paths.map(fileOf), ({ folder }) => scopes.of(folder))
  const grouping = new Grouping(standardMatcher, given)
  return Object.keys(files)
    .toSorted()
    .map((scope) => grouping.group(scope, files[scope] ?? []))
}
const filesOf = (paths: readonly string[], given = config) =>
  grouped(paths, given).flatMap(({ images }) =>
    images.map(({ key, files }) => [key, ...files.map(({ file }) => pathOf(file)).toSorted()]),
  )

describe('files of one photo', () => {
  it('are together, those of known folders beside it too', () => {
    const paths = [
      't/AB3D0001.CR3',
      't/AB3D0001.xmp',
      't/Edited/AB3D0001-HDR.TIF',
      't/xmp/AB3D0001-HDR.tif.xmp',
      't/notes.txt',
    ]
    expect(filesOf(paths)).to.deep.equal([['t/ab3d/0001/', ...paths.slice(0, 4).toSorted()]])
  })

  // Mutant: the folder is no part of what a photo is.
  it('are not those of the same name in another folder', () => {
    expect(filesOf(['a/AB3D0001.CR3', 'b/AB3D0001.CR3'])).to.deep.equal([
      ['a/ab3d/0001/', 'a/AB3D0001.CR3'],
      ['b/ab3d/0001/', 'b/AB3D0001.CR3'],
    ])
    const whole = PhotoConfig.parse({ scope: 'collection' })
    expect(filesOf(['a/AB3D0001.CR3', 'b/AB3D0001.CR3'], whole)).to.deep.equal([
      ['/ab3d/0001/', 'a/AB3D0001.CR3', 'b/AB3D0001.CR3'],
    ])
  })

  it('are those of several images where numbers say so', () => {
    const [scope] = grouped(['AB3D0001.CR3', 'AB3D0001-2.CR3', 'AB3D0001-2-BW.TIF', 'AB3D0001-HDR-2.TIF'])
    expect(scope?.photos).to.equal(1)
    expect(scope?.images.map(({ separate, methods }) => [separate, methods])).to.deep.equal([
      ['', []],
      ['2', ['BW', 'HDR']],
    ])
  })

  it('are told with the reason where their name says nothing', () => {
    const [scope] = grouped(['img_0001.jpg', 'AB3D0000.CR3', 'AB3D0001.CR3'])
    expect(scope?.invalid.map(({ file, reason }) => [pathOf(file), reason])).to.deep.equal([
      ['AB3D0000.CR3', 'COUNTER_ZERO'],
      ['img_0001.jpg', 'CAMERA_LOWERCASE'],
    ])
  })

  // Mutant: photos are put together in the order in which they come.
  it(`are the same in whatever order they come, and none is lost (seed ${seed})`, () => {
    const folder = fc.constantFrom('', 'a', 'a/Edited', 'b', 'b/xmp')
    const name = fc.constantFrom(
      'AB3D0001',
      'AB3D0001-HDR',
      'AB3D0001-HDR-2',
      'AB3D0002',
      'ab3d0002',
      'AB3D0000',
      'AB3D0001.CR3',
      'AB3D0001_01.CR3',
    )
    const ending = fc.constantFrom('.CR3', '.xmp', '.XMP', '.tif', '.txt')
    const path = fc
      .tuple(folder, name, ending)
      .map(([at, stem, end]) => `${at === '' ? '' : `${at}/`}${stem}${end}`)
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 15 }), fc.nat(), (paths, by) => {
        const once = grouped(paths)
        expect(
          grouped(
            paths.toSorted((a, b) => ((a.length * by) % 7) - ((b.length * by) % 7) || (a < b ? 1 : -1)),
          ),
        ).to.deep.equal(once)
        const photos = paths.filter((text) => /\.(CR3|tif)$/.test(text))
        const placed = once.flatMap(({ images, invalid }) => [
          ...images.flatMap(({ files }) => files.map(({ file }) => pathOf(file))),
          ...invalid.map(({ file }) => pathOf(file)),
        ])
        expect(placed.filter((text) => photos.includes(text)).toSorted()).to.deep.equal(photos.toSorted())
        expect(new Set(placed).size).to.equal(placed.length)
      }),
      { seed, numRuns: 500 },
    )
  })
})

describe('a sidecar', () => {
  const orphans = (paths: readonly string[]) => ({
    photos: grouped(paths).flatMap(({ photosWithoutSidecar }) => photosWithoutSidecar.map(pathOf)),
    sidecars: grouped(paths).flatMap(({ sidecarsWithoutPhoto }) => sidecarsWithoutPhoto.map(pathOf)),
  })
  const none = { photos: [], sidecars: [] }

  // Mutant: only one of the two customs is known.
  it('is named after the photo, with its ending or without', () => {
    expect(orphans(['X.CR3', 'X.xmp'])).to.deep.equal(none)
    expect(orphans(['X.CR3', 'X.CR3.xmp'])).to.deep.equal(none)
    expect(orphans(['X.CR3', 'X.CR2.xmp'])).to.deep.equal({ photos: ['X.CR3'], sidecars: ['X.CR2.xmp'] })
  })

  it("that names the ending is that one photo's alone", () => {
    expect(orphans(['X.CR3', 'X.DNG', 'X.CR3.xmp'])).to.deep.equal({ photos: ['X.DNG'], sidecars: [] })
    expect(orphans(['X.CR3', 'X.DNG', 'X.xmp'])).to.deep.equal(none)
  })

  it('may differ in case and in how accents are written', () => {
    expect(orphans(['Caf\u00e9.CR3', 'CAFE\u0301.XMP'])).to.deep.equal(none)
  })

  it("may be another version's, as darktable names them", () => {
    expect(orphans(['X.CR3', 'X_01.CR3.xmp'])).to.deep.equal(none)
    expect(orphans(['X_01.CR3', 'X.CR3', 'X_01.CR3.xmp'])).to.deep.equal({ photos: ['X.CR3'], sidecars: [] })
  })

  it('may lie in a known folder, and in no other', () => {
    expect(orphans(['a/X.CR3', 'a/xmp/X.xmp'])).to.deep.equal(none)
    expect(orphans(['a/X.CR3', 'b/X.xmp'])).to.deep.equal({ photos: ['a/X.CR3'], sidecars: ['b/X.xmp'] })
  })

  it('is not asked of photos that need none', () => {
    expect(orphans(['X.TIF'])).to.deep.equal(none)
  })

  // Mutant: only the sidecars of unprocessed photos are put with their image.
  it('goes with the image of its photo, and with the one it names where its photo is gone', () => {
    const [scope] = grouped(['AB3D0001.CR3', 'ab3d0001.xmp', 'AB3D0001-HDR.tif.xmp', 'AB3D0002.xmp'])
    const files = scope?.images.flatMap((image) =>
      image.files.map(({ file, mark, extension }) => [pathOf(file), mark, extension]),
    )
    expect(files).to.deep.equal([
      ['AB3D0001.CR3', '', '.cr3'],
      ['AB3D0001-HDR.tif.xmp', '-hdr', '.xmp'],
      ['ab3d0001.xmp', '', '.xmp'],
    ])
  })
})

describe('photos that lie in several folders', () => {
  it('are told of, however the folders come in', () => {
    const scopes = grouped([
      'a/AB3D0001.CR3',
      'a/AB3D0001-2.CR3',
      'b/AB3D0001.CR3',
      'c/AB3D0001.CR3',
      'c/AB3D0002.CR3',
    ])
    const [all, left, right] = [new Map(), new Map(), new Map()] as [PhotoScopes, PhotoScopes, PhotoScopes]
    for (const { scope, images } of scopes) addScope(all, scope, images)
    for (const [at, { scope, images }] of scopes.entries()) addScope(at === 1 ? left : right, scope, images)
    mergeScopes(left, structuredClone(right))
    const expected = { count: 1, items: [{ camera: 'AB3D', counter: '0001', scopes: ['a', 'b', 'c'] }] }
    expect(spreadsIn(all, 10)).to.deep.equal(expected)
    expect(spreadsIn(left, 10)).to.deep.equal(expected)
    expect(spreadsIn(all, 0)).to.deep.equal({ count: 1, items: [] })
  })
})
