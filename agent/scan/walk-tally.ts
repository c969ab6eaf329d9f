/** What a walk itself has to tell: how much there was, and what it left out. */
import type * as z from 'zod'
import type { Skipped } from '#specs/tools/scan.ts'
import { append, emptyList, type Listed, list, shownList } from './listed.ts'

type SkippedItem = z.infer<typeof Skipped>

export interface WalkTally {
  files: number
  bytes: number
  folders: number
  /** Of what was skipped: what should have been read, and could not. */
  unreadable: number
  readonly skipped: Listed<SkippedItem>
}

export function emptyWalk(): WalkTally {
  return { files: 0, bytes: 0, folders: 0, unreadable: 0, skipped: emptyList() }
}

const pathOf = ({ path }: SkippedItem) => path

export function skip(walk: WalkTally, path: string, reason: string, unreadable: boolean): void {
  if (unreadable) walk.unreadable += 1
  list(walk.skipped, { path, reason }, pathOf)
}

export function mergeWalks(into: WalkTally, other: WalkTally): void {
  into.files += other.files
  into.bytes += other.bytes
  into.folders += other.folders
  into.unreadable += other.unreadable
  append(into.skipped, other.skipped, pathOf)
}

export function shownWalk({ files, folders, skipped }: WalkTally) {
  return { files, folders, skipped: shownList(skipped, pathOf) }
}
