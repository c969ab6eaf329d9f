/** Folders on agents. */
import type { Agent } from '#specs/agents.ts'

/** Whether a folder lies in one of the roots, as far as one can tell from here: the agent has the last word. */
export function isInside(path: string, roots: readonly string[]): boolean {
  const folder = plain(path)
  return roots.some((root) => {
    const base = plain(root)
    return folder === base || base === '' || folder.startsWith(`${base}/`)
  })
}

/** Case does not count, because on some machines it does not. */
function plain(path: string): string {
  return path.replaceAll('\\', '/').replace(/\/+$/, '').normalize().toLowerCase()
}

/** A folder that agents may look into, and which. */
export type Folder = { readonly path: string; readonly agents: readonly Agent[] }

/** The folders that some of the agents may look into, each once. */
export function foldersOf(agents: readonly Agent[]): Folder[] {
  const paths = [...new Set(agents.flatMap(({ roots }) => roots))].toSorted()
  return paths.map((path) => ({ path, agents: agents.filter(({ roots }) => roots.includes(path)) }))
}

const namesMax = 2

/** 'studio', 'studio and attic', 'studio, attic and 3 more'. */
export function namesOf(agents: readonly Agent[]): string {
  const names = agents.slice(0, namesMax).map(({ name }) => name)
  const more = agents.length - names.length
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(' and ')
}
