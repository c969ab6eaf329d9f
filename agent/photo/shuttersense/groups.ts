/** Files of one capture belong together, wherever they lie. */
import { extensionSet, type ShuttersenseConfiguration } from './configuration.ts'
import { ShuttersenseFailure } from './failure.ts'
import type { ParseName } from './file-name.ts'
import type { NamedFile } from './files.ts'
import { isAllDigits, sortedBy, sortedTexts } from './text.ts'

export interface ImageGroup {
  /** Camera and counter, one after the other. */
  readonly id: string
  readonly camera: string
  readonly counter: string
  /** By the number of the separate image, '' for the main one. */
  readonly images: ReadonlyMap<string, Image>
}

export interface Image {
  readonly files: readonly NamedFile[]
  readonly methods: readonly string[]
}

export interface Grouped {
  /** By id. */
  readonly groups: readonly ImageGroup[]
  readonly invalid: readonly NamedFile[]
}

interface OpenGroup {
  readonly camera: string
  readonly counter: string
  readonly images: Map<string, { readonly files: NamedFile[]; readonly methods: Set<string> }>
}

/** Groups photos by what their names say. Other files are not looked at. */
export function groupPhotos(
  files: Iterable<NamedFile>,
  { photo_extensions }: Pick<ShuttersenseConfiguration, 'photo_extensions'>,
  parse: ParseName,
): Grouped {
  const extensions = extensionSet(photo_extensions)
  const open = new Map<string, OpenGroup>()
  const invalid: NamedFile[] = []
  for (const photo of files) {
    if (!extensions.has(photo.extension)) continue
    const parsed = parse(photo.stem, photo.extension)
    if (parsed === undefined) {
      invalid.push(photo)
      continue
    }
    const { camera, counter, properties } = parsed
    if (camera === null || counter === null)
      throw new ShuttersenseFailure(
        'optional_group',
        `the pattern finds no camera or no counter in '${photo.name}'`,
      )
    addTo(open, camera, counter, properties, photo)
  }
  const groups = Array.from(open, ([id, { camera, counter, images }]) => ({
    id,
    camera,
    counter,
    images: closed(images),
  }))
  return { groups: sortedBy(groups, ({ id }) => id), invalid }
}

function addTo(
  open: Map<string, OpenGroup>,
  camera: string,
  counter: string,
  properties: readonly string[],
  photo: NamedFile,
): void {
  const id = camera + counter
  let group = open.get(id)
  if (group === undefined) open.set(id, (group = { camera, counter, images: new Map() }))
  const number = properties.findIndex(isAllDigits)
  const suffix = properties[number] ?? ''
  let image = group.images.get(suffix)
  if (image === undefined) group.images.set(suffix, (image = { files: [], methods: new Set() }))
  image.files.push(photo)
  properties.forEach((property, index) => {
    if (index !== number) image.methods.add(property)
  })
}

function closed(images: OpenGroup['images']): ReadonlyMap<string, Image> {
  return new Map(
    Array.from(images, ([suffix, { files, methods }]) => [
      suffix,
      { files: sortedBy(files, ({ path }) => path), methods: sortedTexts(methods) },
    ]),
  )
}
