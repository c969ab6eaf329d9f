import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

/** One file of a migrations folder. */
export type Migration = {
  readonly number: number
  /** `0001-what`, the file's name without its ending. */
  readonly name: string
  readonly sha256: string
  readonly text: string
}

/** Reads a migrations folder in order. Throws on a name that isn't `0001-what.sql` and on a number used twice. */
export function readMigrations(dir: URL): Migration[] {
  const folder = dir.href.endsWith('/') ? dir : new URL(`${dir.href}/`)
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql'))
  const migrations = files.toSorted().map((file) => readMigration(folder, file))
  migrations.forEach((migration, index) => {
    const before = migrations[index - 1]
    if (before?.number !== migration.number) return
    throw new Error(
      `migrations ${before.name} and ${migration.name} have the same number: renumber the later one`,
    )
  })
  return migrations
}

function readMigration(folder: URL, file: string): Migration {
  const number = /^(\d{4})-[a-z0-9-]+\.sql$/.exec(file)?.[1]
  if (number === undefined) throw new Error(`${file} is no migration: call it like 0001-first-tables.sql`)
  // A checkout on Windows may turn line ends; that is no change.
  const text = readFileSync(new URL(file, folder), 'utf8').replaceAll('\r\n', '\n')
  const sha256 = createHash('sha256').update(text).digest('hex')
  return { number: Number(number), name: file.slice(0, -'.sql'.length), sha256, text }
}
