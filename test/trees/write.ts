/** Makes a planned tree on the disk. */
import { execFileSync } from 'node:child_process'
import { closeSync, ftruncateSync, futimesSync, mkdirSync, openSync, symlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Entry } from './entries.ts'

/** Where a folder is made or taken as it is; what is in it already stays. */
export function writeTree(entries: readonly Entry[], folder: string): void {
  mkdirSync(folder, { recursive: true })
  const made = new Set<string>()
  const makeFolderOf = (path: string) => {
    const parent = dirname(path)
    if (parent === '.' || made.has(parent)) return
    mkdirSync(bytesOf(`${folder}/${parent}`), { recursive: true })
    made.add(parent)
  }
  // Links come last, so that none of them leads a file to somewhere else.
  const files = entries.filter(({ k }) => k === undefined)
  const others = entries.filter(({ k }) => k !== undefined)
  for (const entry of [...files, ...others]) {
    makeFolderOf(entry.p)
    make(entry, bytesOf(`${folder}/${entry.p}`))
  }
}

function make({ k: kind, t: target = '', s: size, m: mtime }: Entry, path: Buffer): void {
  if (kind === 'symlink') return symlinkSync(bytesOf(target), path)
  if (kind === 'dir') return void mkdirSync(path, { recursive: true })
  if (kind === 'fifo') return void execFileSync('mkfifo', [path.toString()])
  const file = openSync(path, 'w', 0o644)
  if (size > 0 && size <= fill.length) writeSync(file, fill, 0, size)
  else if (size > 0) ftruncateSync(file, size)
  futimesSync(file, mtime, mtime)
  closeSync(file)
}

const fill = Buffer.from('shuttertree'.repeat(6)).subarray(0, 64)

/** A lone surrogate of this range stands for a byte that is no UTF-8, as in Python. */
const bytesFirst = 0xdc80
const bytesLast = 0xdcff

/** A path as the disk has it. */
export function bytesOf(path: string): Buffer {
  return Buffer.concat(
    Array.from(path.match(/[\udc80-\udcff]|[^\udc80-\udcff]+/gu) ?? [], (piece) => {
      const code = piece.codePointAt(0) ?? 0
      return code >= bytesFirst && code <= bytesLast ? Buffer.of(code & 0xff) : Buffer.from(piece)
    }),
  )
}
