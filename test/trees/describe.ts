/** What a tree was made of, with a checksum over all it holds, and the list of it as a file. */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { Entry } from './entries.ts'
import type { TreeArguments } from './plan.ts'
import { asciiJson } from './python-json.ts'

export interface TreeSummary {
  readonly seed: number
  readonly files_requested: number
  readonly profile: string
  readonly sizes: string
  readonly non_utf8: boolean
  readonly count: number
  readonly sha256_entries: string
}

export function summaryOf(tree: TreeArguments, entries: readonly Entry[]): TreeSummary {
  return {
    seed: tree.seed,
    files_requested: tree.files,
    profile: tree.profile,
    sizes: tree.sizes ?? 'tiny',
    non_utf8: tree.nonUtf8 ?? false,
    count: entries.length,
    sha256_entries: createHash('sha256').update(asciiJson(entries)).digest('hex'),
  }
}

/** Compressed where the name ends in .gz. */
export function writeManifest(path: string, summary: TreeSummary, entries: readonly Entry[]): void {
  const text = asciiJson({ ...summary, entries })
  writeFileSync(path, path.endsWith('.gz') ? gzipSync(text) : text)
}
