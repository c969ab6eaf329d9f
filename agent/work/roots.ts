/**
 * The wall around the folders that an agent may look into. It stands on the agent: whatever the server says, a path
 * leads into one of its roots after every link is followed, or it is refused.
 */
import { realpathSync, statSync } from 'node:fs'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { ToolFailure } from '../tools/tool.ts'

/** The real path of a folder. Throws a ToolFailure that says what to do. */
export function allowedFolder(path: string, roots: readonly string[]): string {
  if (path.includes('\0')) throw new ToolFailure('fatal', 'the path has a zero character in it')
  if (!isAbsolute(path))
    throw new ToolFailure(
      'fatal',
      `'${path}' is no absolute path; write all of it, from the root of the machine on`,
    )
  if (roots.length === 0)
    throw new ToolFailure('fatal', 'this agent may look into no folder. Start it with --root and the folder.')
  const real = realPath(path)
  if (real === null) throw missing(path, roots)
  if (!roots.some((root) => isInside(real, realPath(root)))) throw outside(path, roots)
  if (!statSync(real).isDirectory()) throw new ToolFailure('fatal', `'${path}' is no folder`)
  return real
}

/** Links resolved, and the case as it is on the disk; null where there is nothing, or nothing that may be seen. */
function realPath(path: string): string | null {
  try {
    return realpathSync.native(path)
  } catch {
    return null
  }
}

function isInside(path: string, root: string | null): boolean {
  if (root === null) return false
  const way = relative(root, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}

/** Says nothing about what there is outside. A root that is gone may be a disk that comes back. */
function missing(path: string, roots: readonly string[]): ToolFailure {
  const root = roots.find((candidate) => isInside(resolve(path), resolve(candidate)))
  if (root === undefined) return outside(path, roots)
  return realPath(root) === null
    ? new ToolFailure(
        'retriable',
        `'${root}' is not there. Is its disk connected, and may the agent read it?`,
      )
    : new ToolFailure('fatal', `'${path}' does not exist, or the agent may not see it`)
}

function outside(path: string, roots: readonly string[]): ToolFailure {
  return new ToolFailure(
    'fatal',
    `'${path}' is outside of the folders that this agent may look into (${roots.join(', ')}). Only a restart of the agent with another --root changes that.`,
  )
}
