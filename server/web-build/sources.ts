/** What the dashboard is made of, as one fingerprint. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'

const folders = ['web', 'specs']
const files = ['angular.json', 'package-lock.json']

/** Undefined where the sources are not there, as in a package that brings the built dashboard along. */
export async function fingerprint(root: string): Promise<string | undefined> {
  const paths = [...files, ...(await Promise.all(folders.map((folder) => listed(root, folder)))).flat()]
  const hash = createHash('sha256')
  try {
    for (const path of paths.toSorted()) {
      hash.update(`${path.replaceAll(sep, '/')}\0`).update(await readFile(join(root, path)))
    }
  } catch {
    return undefined
  }
  return hash.digest('hex')
}

async function listed(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(join(root, '/').length))
}
