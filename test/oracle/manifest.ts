/** The entries that a walk of a listed tree would find. */
import { posix } from 'node:path'
import type { FolderEntry } from '#agent/photo/shuttersense/files.ts'
import type { Manifest } from './recorded.ts'

export function entriesOf({ entries }: Manifest): FolderEntry[] {
  const files = new Map(entries.filter(({ k }) => k === undefined).map((entry) => [entry.p, entry]))
  const folders = new Set(['.', ...entries.filter(({ k }) => k === 'dir').map(({ p }) => p)])
  for (const { p } of entries)
    for (let folder = posix.dirname(p); !folders.has(folder); folder = posix.dirname(folder))
      folders.add(folder)
  return entries.map(({ p: path, s: size, m: mtime, k: kind, t: leads = '' }): FolderEntry => {
    if (kind === undefined) return { path, size, mtime, kind: 'file' }
    if (kind === 'fifo') return { path, size, mtime, kind: 'other' }
    if (kind === 'dir') return { path, size, mtime, kind: 'folder' }
    const target = posix.normalize(posix.join(posix.dirname(path), leads))
    const file = files.get(target)
    if (file)
      return { path, size, mtime, kind: 'link', target: { kind: 'file', size: file.s, mtime: file.m } }
    if (!folders.has(target)) return { path, size, mtime, kind: 'link' }
    return { path, size, mtime, kind: 'link', target: { kind: 'folder', size: 0, mtime: 0 } }
  })
}
