/** Puts the files of one scope together: which belong to one photo, and to which of its separate images. */
import type { NameMatcher } from '#specs/pipelines/naming.ts'
import type { PhotoConfig } from '#specs/pipelines/photo-config.ts'
import { parseName, type InvalidReason, type PhotoName } from './parse-name.ts'
import { photoKey } from './scope.ts'
import { linkSidecars, type Named } from './sidecars.ts'

export interface ScannedFile extends Named {
  /** From the collection's own folder, with slashes. */
  readonly folder: string
}
export interface ImageFile<File> {
  readonly file: File
  /** What its name has beyond the photo's own, as pipelines compare it; null: none of their names. */
  readonly mark: string | null
  /** In lower case. */
  readonly extension: string
}
export interface Image<File> {
  /** Tells it from all other images of a collection. */
  readonly key: string
  readonly scope: string
  readonly camera: string
  readonly counter: string
  readonly base: string
  readonly separate: string
  /** What was done to any of its photos, each once, in alphabetical order. */
  readonly methods: readonly string[]
  readonly files: readonly ImageFile<File>[]
}
export interface ScopePhotos<File> {
  readonly scope: string
  /** Different cameras and numbers; each has one image or several. */
  readonly photos: number
  readonly images: readonly Image<File>[]
  readonly invalid: readonly { readonly file: File; readonly reason: InvalidReason }[]
  readonly photosWithoutSidecar: readonly File[]
  readonly sidecarsWithoutPhoto: readonly File[]
}

export class Grouping {
  readonly #matcher: NameMatcher
  readonly #photoEndings: ReadonlySet<string>
  readonly #sidecarEndings: ReadonlySet<string>
  readonly #needSidecar: ReadonlySet<string>

  constructor(matcher: NameMatcher, config: PhotoConfig) {
    this.#matcher = matcher
    this.#photoEndings = new Set(config.photoExtensions)
    this.#sidecarEndings = new Set(config.sidecarExtensions)
    this.#needSidecar = new Set(config.needSidecar)
  }

  /** All files of one scope at once, in any order; the answer is always in the same. */
  group<File extends ScannedFile>(scope: string, files: readonly File[]): ScopePhotos<File> {
    const photos = inOrder(files.filter(({ name }) => this.#photoEndings.has(name.extension)))
    const sidecars = inOrder(files.filter(({ name }) => this.#sidecarEndings.has(name.extension)))
    const linked = linkSidecars(photos, sidecars, this.#needSidecar)
    const images = new Images<File>(scope)
    const named = new Map<File, PhotoName>()
    const invalid: { file: File; reason: InvalidReason }[] = []
    for (const file of photos) {
      const { name, reason } = parseName(file.name.stem, this.#matcher)
      if (name === undefined) invalid.push({ file, reason })
      else {
        if (sidecars.length > 0) named.set(file, name)
        images.addPhoto(file, name)
      }
    }
    const nameOf = onceEach((owners: readonly File[]) => firstOf(owners, named))
    for (const sidecar of sidecars) {
      const owners = linked.owners.get(sidecar) ?? []
      const name = owners.length > 0 ? nameOf(owners) : this.#ownName(sidecar)
      if (name !== undefined) images.addSidecar(sidecar, name)
    }
    const { photosWithoutSidecar, sidecarsWithoutPhoto } = linked
    return {
      scope,
      photos: images.photos,
      images: images.all(),
      invalid,
      photosWithoutSidecar,
      sidecarsWithoutPhoto,
    }
  }

  /** A sidecar whose photo is gone may still say by its name which image it belongs to. */
  #ownName({ name: { stem } }: ScannedFile): PhotoName | undefined {
    const dot = stem.lastIndexOf('.')
    const hasEnding = dot > 0 && this.#photoEndings.has(stem.slice(dot).toLowerCase())
    return parseName(hasEnding ? stem.slice(0, dot) : stem, this.#matcher).name
  }
}

interface Growing<File> {
  readonly key: string
  readonly name: PhotoName
  readonly methods: Set<string>
  readonly files: ImageFile<File>[]
}

class Images<File extends ScannedFile> {
  readonly #scope: string
  readonly #photos = new Set<string>()
  readonly #images = new Map<string, Growing<File>>()

  constructor(scope: string) {
    this.#scope = scope
  }

  get photos(): number {
    return this.#photos.size
  }

  addPhoto(file: File, name: PhotoName): void {
    const photo = photoKey(this.#scope, name)
    const key = `${photo}/${name.separate}`
    let image = this.#images.get(key)
    if (image === undefined) {
      this.#photos.add(photo)
      this.#images.set(key, (image = { key, name, methods: new Set(), files: [] }))
    }
    for (const method of name.methods) image.methods.add(method)
    image.files.push({ file, mark: name.mark, extension: file.name.extension })
  }

  /** A sidecar makes no image, it belongs to one that is there. */
  addSidecar(file: File, name: PhotoName): void {
    const image = this.#images.get(`${photoKey(this.#scope, name)}/${name.separate}`)
    image?.files.push({ file, mark: name.mark, extension: file.name.extension })
  }

  all(): Image<File>[] {
    const images = [...this.#images.values()].toSorted((a, b) => compare(a.key, b.key))
    return images.map((image) => this.#image(image))
  }

  #image({ key, name, methods, files }: Growing<File>): Image<File> {
    const { camera, counter, base, separate } = name
    const sorted = methods.size > 1 ? [...methods].toSorted(compare) : [...methods]
    return { key, scope: this.#scope, camera, counter, base, separate, methods: sorted, files }
  }
}

/** Photos of one name have names that say the same, or nothing. */
function firstOf<File>(owners: readonly File[], named: ReadonlyMap<File, PhotoName>): PhotoName | undefined {
  for (const owner of owners) {
    const name = named.get(owner)
    if (name !== undefined) return name
  }
  return undefined
}

function onceEach<Given, Answer>(answer: (given: Given) => Answer): (given: Given) => Answer {
  const answers = new Map<Given, Answer>()
  return (given) => {
    if (!answers.has(given)) answers.set(given, answer(given))
    return answers.get(given) as Answer
  }
}

function inOrder<File extends ScannedFile>(files: File[]): File[] {
  return files.sort((a, b) => compare(a.folder, b.folder) || compare(a.name.shown, b.name.shown))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
