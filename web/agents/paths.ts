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

function plain(path: string): string {
  return path.replaceAll('\\', '/').replace(/\/+$/, '')
}

/** The agents that can run a tool. */
export function capable(agents: Iterable<Agent>, capability: string): Agent[] {
  return [...agents].filter(
    ({ capabilities, standing }) => standing !== 'revoked' && capabilities.includes(capability),
  )
}

/** The folders that some of the agents may look into, each once. */
export function rootsOf(agents: readonly Agent[]): string[] {
  return [...new Set(agents.flatMap(({ roots }) => roots))].toSorted()
}
