/**
 * Lists one folder. It only ever lists and asks for sizes: no file is opened, so a FIFO can't hold it up and a sleeping cloud
 * file is not fetched. No link is followed, so there are no loops and no way out of the folder.
 *
 * Calls are synchronous on purpose. The others run on four threads that the whole process shares; a dead network folder
 * would take all four, and the main thread could not even look up its server's name any more.
 */
import { type Dirent, lstatSync, opendirSync } from 'node:fs'
import { joined, type Place, type RawName } from './place.ts'

export interface Heard {
  file(name: RawName, bytes: number): void
  folder(name: RawName): void
  /** Null: the folder itself. Unreadable is what should have been read and could not. */
  skipped(name: RawName | null, reason: string, unreadable: boolean): void
}

/** Entries that are read from the disk at once. */
const readAhead = 512
/** How often, in entries, a big folder looks whether it is to stop. */
const checkEvery = 256
/** Stands for bytes that are no text. */
const replacement = '\uFFFD'

/** False where the folder can't be read at all. */
export function listFolder(place: Place, heard: Heard, checkStop: () => void): boolean {
  const { path } = place
  let strange = typeof path !== 'string'
  try {
    if (typeof path === 'string')
      for (const entry of entriesOf<string>(path, 'utf8', checkStop)) {
        if (entry.name.includes(replacement)) strange = true
        else hear(path, entry, heard)
      }
    // Only those that could not be told by text.
    if (strange)
      for (const entry of entriesOf<Buffer>(path, 'buffer', checkStop))
        if (typeof path !== 'string' || entry.name.toString().includes(replacement)) hear(path, entry, heard)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
    unreadable(null, error, heard)
    return false
  }
}

function* entriesOf<Name extends string | Buffer>(
  path: string | Buffer,
  encoding: 'utf8' | 'buffer',
  checkStop: () => void,
): Generator<Dirent<Name>> {
  using folder = opendirSync(path as string, { encoding: encoding as 'utf8', bufferSize: readAhead })
  for (let count = 1; ; count++) {
    if (count % checkEvery === 0) checkStop()
    const entry = folder.readSync() as unknown as Dirent<Name> | null
    if (entry === null) return
    yield entry
  }
}

function hear(path: string | Buffer, entry: Dirent<string> | Dirent<Buffer>, heard: Heard): void {
  const { name } = entry
  if (entry.isDirectory()) return heard.folder(name)
  if (!entry.isFile()) return heard.skipped(name, kindOf(entry), false)
  if (isOfMac(name)) return heard.skipped(name, 'what macOS keeps beside a file, no picture', false)
  let bytes: number
  try {
    bytes = lstatSync(joined(path, name)).size
  } catch (error) {
    return unreadable(name, error, heard)
  }
  heard.file(name, bytes)
}

const [dot, underscore] = [0x2e, 0x5f]

function isOfMac(name: RawName): boolean {
  if (typeof name === 'string') return name.startsWith('._')
  return name[0] === dot && name[1] === underscore
}

function kindOf(entry: Dirent<string> | Dirent<Buffer>): string {
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

function unreadable(name: RawName | null, error: unknown, heard: Heard): void {
  const { code = 'unknown', message } = error as NodeJS.ErrnoException
  heard.skipped(name, reasons[code] ?? `${code}: ${message}`, code !== 'ENOENT')
}
