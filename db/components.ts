import { existsSync } from 'node:fs'
import type { MigrateOptions } from './migrate.ts'

/** A part of the product with tables of its own, in a schema of its own. */
export type Component = MigrateOptions & { readonly schema: string }

/** The components in the order in which they are migrated; one without migrations yet is left out. */
export function components(): Component[] {
  return ['runtime', 'product']
    .map((name) => ({ name, schema: name, dir: new URL(`./${name}/migrations/`, import.meta.url) }))
    .filter(({ dir }) => existsSync(dir))
}
