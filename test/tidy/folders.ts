/** Who may import whom, read from the table in ARCHITECTURE.md. */
import { posix } from 'node:path'
import type { Finding } from './rules.ts'
import type { Source } from './source.ts'

export type FolderTable = {
  /** What a folder may import besides itself; `*` is everything. */
  readonly mayImport: ReadonlyMap<string, readonly string[]>
  /** Folders that may use no package but those named. */
  readonly onlyPackages: ReadonlyMap<string, readonly string[]>
  /** Every folder that the table names anywhere, longest first. */
  readonly folders: readonly string[]
}

/** Reads the table. Throws when there is none. */
export function readFolderTable(markdown: string): FolderTable {
  const rows = markdown
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  const mayImport = new Map<string, string[]>()
  const onlyPackages = new Map<string, string[]>()
  for (const [, folder = '', , allowed = ''] of rows) {
    const name = codeWords(folder)[0] ?? ''
    if (/^[a-z0-9-]+ only$/.test(allowed)) onlyPackages.set(name, [allowed.replace(' only', '')])
    mayImport.set(name, allowed === 'all' ? ['*'] : codeWords(allowed))
  }
  if (!mayImport.has('runtime'))
    throw new Error('ARCHITECTURE.md has no table of folders with a row for `runtime`')
  const all = new Set([...mayImport.keys(), ...[...mayImport.values()].flat()])
  all.delete('*')
  return { mayImport, onlyPackages, folders: [...all].toSorted((a, b) => b.length - a.length) }
}

/** The imports of a source that the table doesn't allow. */
export function forbiddenImports(source: Source, table: FolderTable): Finding[] {
  const row = source.path.endsWith('.spec.ts') ? 'test' : rowOf(source.path, table)
  if (row === undefined)
    return source.path.includes('/') ? [`${source.path}: the table has no row for its folder`] : []
  return source.imports.flatMap(({ specifier, line }) => {
    const complaint = complaintAbout(specifier, source.path, row, table)
    return complaint === undefined ? [] : [`${source.path}:${line}: ${complaint}`]
  })
}

function complaintAbout(
  specifier: string,
  from: string,
  row: string,
  table: FolderTable,
): string | undefined {
  const target = projectPath(specifier, from)
  if (target === undefined) {
    const packages = table.onlyPackages.get(row)
    const allowed = packages === undefined || specifier.startsWith('node:') || packages.includes(specifier)
    return allowed ? undefined : `\`${row}\` may use ${packages.join(', ')} only, not ${specifier}`
  }
  const folder = table.folders.find((name) => isIn(target, name))
  if (folder === undefined) return `the table has no folder for ${target}`
  if (isIn(target, row)) return undefined
  const allowed = table.mayImport.get(row) ?? []
  return allowed.includes('*') || allowed.includes(folder)
    ? undefined
    : `\`${row}\` may not import \`${folder}\``
}

/** The path in the project that a specifier means; undefined for a package. */
function projectPath(specifier: string, from: string): string | undefined {
  if (specifier.startsWith('#')) return specifier.slice(1)
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier)
  return undefined
}

function rowOf(path: string, table: FolderTable): string | undefined {
  return [...table.mayImport.keys()].toSorted((a, b) => b.length - a.length).find((name) => isIn(path, name))
}

function isIn(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`)
}

function codeWords(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')
}
