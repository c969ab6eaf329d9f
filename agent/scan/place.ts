/**
 * A folder below the one that is scanned. Names are text nearly always, and then all goes by text, which is fast; below a name
 * that is none, all goes by bytes.
 */
import { sep } from 'node:path'
import { fileNameOf } from '../photo/file-name.ts'

/** A folder as threads tell each other of it: its path from the root, with slashes; bytes after a NUL. '' is the root. */
export type Item = string

/** Of one file or folder, as the file system has it. */
export type RawName = string | Uint8Array

const mark = '\0'
const separator = Buffer.from(sep)

export class Place {
  readonly #root: string
  /** From the root, with the system's own separators. */
  readonly #below: string | Buffer

  private constructor(root: string, below: string | Buffer) {
    this.#root = root
    this.#below = below
  }

  static at(root: string, item: Item): Place {
    if (item.startsWith(mark)) return new Place(root, Buffer.from(item.slice(mark.length), 'latin1'))
    return new Place(root, sep === '/' ? item : item.replaceAll('/', sep))
  }

  child(name: RawName): Place {
    return new Place(this.#root, joined(this.#below, name))
  }
  get item(): Item {
    const below = this.#below
    if (typeof below !== 'string') return mark + below.toString('latin1')
    return sep === '/' ? below : below.replaceAll(sep, '/')
  }
  /** As the system is asked for it. */
  get path(): string | Buffer {
    return joined(this.#root, this.#below)
  }
  /** As people see it, from the root, with slashes. */
  get shown(): string {
    const below = this.#below
    const text = typeof below === 'string' ? below : fileNameOf(below).shown
    return sep === '/' ? text : text.replaceAll(sep, '/')
  }
}

export function joined(folder: string | Buffer, name: RawName): string | Buffer {
  if (name.length === 0) return folder
  if (typeof folder === 'string' && typeof name === 'string')
    return folder === '' || folder.endsWith(sep) ? folder + name : folder + sep + name
  if (folder.length === 0) return Buffer.from(name)
  return Buffer.concat([Buffer.from(folder), separator, Buffer.from(name)])
}
