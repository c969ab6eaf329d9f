/** Which entries of a folder count as files, and how a name is taken apart. */

export interface PhotoFile {
  /** Below the root, with `/`. */
  readonly path: string
  readonly size: number
  /** In seconds. */
  readonly mtime: number
}

type Kind = 'file' | 'folder' | 'other'

export interface FolderEntry extends PhotoFile {
  readonly kind: Kind | 'link'
  /** What a link leads to in the end; nothing where it leads nowhere. */
  readonly target?: { readonly kind: Kind; readonly size: number; readonly mtime: number }
}

/** Every regular file, hidden ones too, and links to files, which count with the file's size and time. */
export function filesAmong(entries: Iterable<FolderEntry>): PhotoFile[] {
  const files: PhotoFile[] = []
  for (const { path, kind, size, mtime, target } of entries) {
    if (kind === 'file') files.push({ path, size, mtime })
    else if (kind === 'link' && target?.kind === 'file')
      files.push({ path, size: target.size, mtime: target.mtime })
  }
  return files
}

/** A file with its name taken apart, which is done once for all tools. */
export interface NamedFile {
  readonly path: string
  readonly size: number
  readonly name: string
  /** Before the last dot. */
  readonly stem: string
  /** From the last dot on, in lower case; '' where there is none. */
  readonly extension: string
}

export function namedFiles(files: Iterable<PhotoFile>): NamedFile[] {
  const extensions = new Map<string, string>()
  return Array.from(files, ({ path, size }) => {
    const name = nameOf(path)
    const dot = name.lastIndexOf('.')
    if (dot < 0) return { path, size, name, stem: name, extension: '' }
    const written = name.slice(dot)
    const extension = extensions.get(written) ?? written.toLowerCase()
    if (extensions.size < extensionsMax) extensions.set(written, extension)
    return { path, size, name, stem: name.slice(0, dot), extension }
  })
}

/** Spellings of extensions that are remembered. */
const extensionsMax = 1_000

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
