/** Puts the files of each image together by their names, and tells of cameras and methods. */
import { listMax } from '#specs/tools/scan.ts'
import { type PhotoPairingOutput, PhotoPairingParams } from '#specs/tools/photo-pairing.ts'
import { addScope, mergeScopes, type PhotoScopes, spreadsIn } from '../../photo/cross-folder.ts'
import type { Image } from '../../photo/group.ts'
import { type Invalid, invalidIn } from '../../photo/invalid-names.ts'
import type { Analysis, ScanFile } from '../../scan/analysis.ts'
import { append, emptyList, type Listed, list, shownList } from '../../scan/listed.ts'
import { scanTool } from '../../scan/scan-tool.ts'
import { shownWalk } from '../../scan/walk-tally.ts'

interface Usage {
  images: number
  files: number
}
interface Tally {
  photos: number
  images: number
  readonly cameras: Map<string, Usage>
  readonly methods: Map<string, Usage>
  readonly invalid: Listed<Invalid>
  readonly scopes: PhotoScopes
}
type Names = Pick<PhotoPairingParams['photos'], 'cameras' | 'methods'>

export const photoPairing = scanTool<PhotoPairingParams, Names, Tally>({
  name: 'photo_pairing',
  params: PhotoPairingParams,
  photosOf: ({ photos }) => photos,
  prepare: ({ photos: { cameras, methods } }) => ({ cameras, methods }),
  analysis: () => pairing,
  output(tally, { path, walk, prepared: { cameras, methods } }): PhotoPairingOutput {
    return {
      path,
      ...shownWalk(walk),
      photos: tally.photos,
      images: tally.images,
      cameras: shownUsage(tally.cameras, (camera) => cameras[camera]?.name),
      methods: shownUsage(tally.methods, (method) => methods[method]),
      invalid: shownList(tally.invalid, pathOfInvalid),
      spread: withItems(spreadsIn(tally.scopes, listMax)),
    }
  },
})

const pathOfInvalid = ({ path }: Invalid) => path

const pairing: Analysis<Tally> = {
  empty: () => ({
    photos: 0,
    images: 0,
    cameras: new Map(),
    methods: new Map(),
    invalid: emptyList(),
    scopes: new Map(),
  }),
  add(tally, { scope, photos }) {
    tally.photos += photos.photos
    tally.images += photos.images.length
    for (const image of photos.images) addImage(tally, image)
    for (const invalid of invalidIn(photos)) list(tally.invalid, invalid, pathOfInvalid)
    addScope(tally.scopes, scope, photos.images)
  },
  merge(into, other) {
    into.photos += other.photos
    into.images += other.images
    for (const [camera, usage] of other.cameras) use(into.cameras, camera, usage)
    for (const [method, usage] of other.methods) use(into.methods, method, usage)
    append(into.invalid, other.invalid, pathOfInvalid)
    mergeScopes(into.scopes, other.scopes)
  },
}

function addImage({ cameras, methods }: Tally, { camera, methods: done, files }: Image<ScanFile>): void {
  const usage = { images: 1, files: files.length }
  use(cameras, camera, usage)
  for (const method of done) use(methods, method, usage)
}

function use(all: Map<string, Usage>, name: string, { images, files }: Usage): void {
  const known = all.get(name)
  if (!known) return void all.set(name, { images, files })
  known.images += images
  known.files += files
}

/** Names can be anything: so many different ones are told, the most used first. */
const usagesMax = 1_000

function shownUsage(all: Map<string, Usage>, nameOf: (key: string) => string | undefined) {
  const ordered = [...all].toSorted(([a, x], [b, y]) => y.images - x.images || (a < b ? -1 : 1))
  return Object.fromEntries(
    ordered.slice(0, usagesMax).map(([key, usage]) => [key, { name: nameOf(key) ?? null, ...usage }]),
  )
}

function withItems({ count, items }: ReturnType<typeof spreadsIn>): PhotoPairingOutput['spread'] {
  return { count, items: items.map(({ scopes, ...rest }) => ({ ...rest, scopes: [...scopes] })) }
}
