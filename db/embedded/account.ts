/**
 * PostgreSQL refuses to run as root. Where we are root (containers, NAS boxes) there are two ways around it, and
 * the data folder's owner tells which one was taken when it was made.
 */
import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, statSync } from 'node:fs'

/** How to run PostgreSQL's programs as somebody it accepts. */
export type Account = {
  readonly name: 'self' | 'namespace' | 'nobody'
  /** Turns a command into the one to spawn. */
  readonly wrap: (command: string, args: readonly string[]) => [command: string, args: string[]]
  /** Options for that spawn. */
  readonly spawn: { readonly uid?: number; readonly gid?: number }
  /** Gives a file or folder to the account. */
  readonly own: (path: string) => void
  /** What to look at when the programs fail. */
  readonly advice: string
}

const nobodyId = 65_534

export const asSelf: Account = {
  name: 'self',
  wrap: (command, args) => [command, [...args]],
  spawn: {},
  own: () => {},
  advice: '',
}

/** Root in a user namespace of its own is nobody there, and needs no account and no change of owner. */
export const inNamespace: Account = {
  name: 'namespace',
  wrap: (command, args) => ['unshare', ['-U', command, ...args]],
  spawn: {},
  own: () => {},
  advice: '',
}

/** The last resort: needs every folder above the data and the programs to be open to others. */
export const asNobody: Account = {
  name: 'nobody',
  wrap: (command, args) => [command, [...args]],
  spawn: { uid: nobodyId, gid: nobodyId },
  own: (path) => chownSync(path, nobodyId, nobodyId),
  advice:
    'PostgreSQL does not run as root, so it was run as nobody, who needs to get to its data and to node_modules: ' +
    'open the folders above them to others (chmod o+x), or start as another user',
}

/** Chooses the account for a data folder that may not exist yet. */
export function chooseAccount(dataDir: string): Account {
  if (process.getuid?.() !== 0) return asSelf
  if (existsSync(dataDir)) return statSync(dataDir).uid === nobodyId ? asNobody : inNamespace
  return canUseNamespaces() ? inNamespace : asNobody
}

/** Whether this system lets us make user namespaces; many containers don't. */
export function canUseNamespaces(): boolean {
  return spawnSync('unshare', ['-U', 'true']).status === 0
}
