/**
 * Looks at one folder: counts its files, pairs pictures with sidecars, and names its folders. It only ever lists and
 * asks for sizes: no file is opened, so a FIFO can't hold it up and a sleeping cloud file is not fetched. No link is
 * followed, so there are no loops and no way out of the folder.
 *
 * Calls are synchronous on purpose. The others run on four threads that the whole process shares; a dead network folder
 * would take all four, and the main thread could not even look up its server's name any more.
 */
import { type Dirent, lstatSync, opendirSync } from 'node:fs'
import { sep } from 'node:path'
import type { Unit } from '../unit.ts'
import { partsOf, shown } from './names.ts'
import { addFile, emptyTally, list, merge, skip, type Tally } from './tally.ts'

export interface WalkGiven {
  /** The folder that paths are told from. */
  readonly root: string
  readonly sidecars: readonly string[]
  /** These need a sidecar. */
  readonly images: readonly string[]
  /** Pictures that need none. */
  readonly others: readonly string[]
}

/** A folder, by its path below the root, a character for each byte; '' is the root itself. */
export type Folder = string

const separator = Buffer.from(sep)
/** Entries that are read from the disk at once. */
const readAhead = 512
/** How often, in entries, a big folder looks whether it is to stop. */
const checkEvery = 256

export function walking({ root, sidecars, images, others }: WalkGiven): Unit<Folder, Tally> {
  const rootPath = Buffer.from(root)
  const kinds = new Map([
    ...others.map((extension) => [extension, 'other'] as const),
    ...images.map((extension) => [extension, 'image'] as const),
    ...sidecars.map((extension) => [extension, 'sidecar'] as const),
  ])
  return {
    empty: emptyTally,
    merge,
    add(tally, folder, found, checkStop) {
      const below = Buffer.from(folder, 'latin1')
      const path = below.length === 0 ? rootPath : Buffer.concat([rootPath, separator, below])
      const pairs = new Pairs(tally, below)
      const look = new Look(tally, path, below, found, (name, extension, stem) => {
        const kind = kinds.get(extension)
        if (kind !== undefined) pairs.add(kind, name, stem, extension)
      })
      if (look.all(checkStop)) pairs.settle()
    },
  }
}

type Photo = (name: Buffer, extension: string, stem: string) => void

class Look {
  readonly #tally: Tally
  readonly #path: Buffer
  readonly #below: Buffer
  readonly #found: (folder: Folder) => void
  readonly #photo: Photo

  constructor(tally: Tally, path: Buffer, below: Buffer, found: (folder: Folder) => void, photo: Photo) {
    this.#tally = tally
    this.#path = path
    this.#below = below
    this.#found = found
    this.#photo = photo
  }

  /** False where the folder can't be read at all. */
  all(checkStop: () => void): boolean {
    try {
      using folder = opendirSync(this.#path as unknown as string, {
        encoding: 'buffer' as never,
        bufferSize: readAhead,
      })
      this.#tally.folders += 1
      for (let count = 1; ; count++) {
        if (count % checkEvery === 0) checkStop()
        const entry = folder.readSync() as unknown as Dirent<Buffer> | null
        if (entry === null) return true
        this.#entry(entry)
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
      this.#unreadable(this.#below, error)
      return false
    }
  }

  #entry(entry: Dirent<Buffer>): void {
    const { name } = entry
    const below = joined(this.#below, name)
    if (entry.isDirectory()) return this.#found(below.toString('latin1'))
    const reason = entry.isFile() ? null : kindOf(entry)
    if (reason !== null) return skip(this.#tally, shown(below), reason)
    if (name[0] === dot && name[1] === underscore)
      return skip(this.#tally, shown(below), 'what macOS keeps beside a file, no picture')
    try {
      const { size } = lstatSync(joined(this.#path, name))
      const { stem, extension } = partsOf(name)
      addFile(this.#tally, extension, size)
      this.#photo(name, extension, stem)
    } catch (error) {
      this.#unreadable(below, error)
    }
  }

  #unreadable(below: Buffer, error: unknown): void {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#tally.unreadable += 1
    skip(this.#tally, shown(below) || '.', reasonOf(error))
  }
}

const dot = 0x2e
const underscore = 0x5f

function joined(folder: Buffer, name: Buffer): Buffer {
  return folder.length === 0 ? name : Buffer.concat([folder, separator, name])
}

function kindOf(entry: Dirent<Buffer>): string {
  if (entry.isSymbolicLink()) return 'a symbolic link, which is not followed'
  if (entry.isFIFO()) return 'a FIFO, no file'
  if (entry.isSocket()) return 'a socket, no file'
  if (entry.isBlockDevice() || entry.isCharacterDevice()) return 'a device, no file'
  return 'of a kind that is not known'
}

const reasons: Partial<Record<string, string>> = {
  EACCES: 'the agent may not read it',
  EPERM: 'the agent may not read it',
  ENOENT: 'gone while it was looked at',
  ENAMETOOLONG: 'its path is too long for this system',
  EIO: 'the disk can not read it',
  ESTALE: 'its network folder has changed under it',
}

function reasonOf(error: unknown): string {
  const { code = 'unknown', message } = error as NodeJS.ErrnoException
  return reasons[code] ?? `${code}: ${message}`
}

type Kind = 'image' | 'other' | 'sidecar'
interface Named {
  readonly name: Buffer
  readonly stem: string
  readonly extension: string
}

/** The pictures and sidecars of one folder: IMG.xmp and IMG.CR3.xmp both belong to IMG.CR3. */
class Pairs {
  readonly #tally: Tally
  readonly #below: Buffer
  readonly #images: Named[] = []
  readonly #sidecars: Named[] = []
  /** What a sidecar of a picture of this folder may be called, without its own extension. */
  readonly #pictures = new Set<string>()
  readonly #described = new Set<string>()

  constructor(tally: Tally, below: Buffer) {
    this.#tally = tally
    this.#below = below
  }

  add(kind: Kind, name: Buffer, stem: string, extension: string): void {
    if (kind === 'sidecar') {
      this.#sidecars.push({ name, stem, extension })
      return void this.#described.add(stem)
    }
    this.#pictures.add(stem).add(stem + extension)
    if (kind === 'image') this.#images.push({ name, stem, extension })
  }

  settle(): void {
    const { withoutSidecar, sidecarsWithoutImage } = this.#tally
    for (const { name, stem, extension } of this.#images)
      if (!this.#described.has(stem) && !this.#described.has(stem + extension))
        list(withoutSidecar, shown(joined(this.#below, name)))
    for (const { name, stem } of this.#sidecars)
      if (!this.#pictures.has(stem)) list(sidecarsWithoutImage, shown(joined(this.#below, name)))
  }
}
