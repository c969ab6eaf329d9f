/**
 * Builds the dashboard when its sources have changed, and only then. It is built beside the old one and put in its
 * place whole, so that two who build at once, or one who is killed meanwhile, leave nothing half done.
 */
import { spawn } from 'node:child_process'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compressAll } from './compress.ts'
import { fingerprint } from './sources.ts'

export interface BuildOptions {
  /** The project's folder. */
  readonly root: string
  readonly say: (line: string) => void
}
export interface BuiltWeb {
  readonly folder: string
  /** Whether it had to be built. */
  readonly isNew: boolean
}

const stampName = 'built-from'

/** Resolves with the folder of the built dashboard. Rejects with the compiler's words. */
export async function buildWeb({ root, say }: BuildOptions): Promise<BuiltWeb> {
  const folder = join(root, 'dist', 'web')
  const wanted = await fingerprint(root)
  if (wanted === undefined || wanted === (await stampOf(folder))) return { folder, isNew: false }
  say('Building the dashboard; this happens after each change of its sources.')
  const draft = join(root, 'dist', `web-${process.pid}`)
  try {
    await compile(root, draft)
    const built = join(draft, 'browser')
    await compressAll(built)
    await writeFile(join(built, stampName), wanted)
    await replace(folder, built, `${draft}-old`)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return { folder, isNew: true }
}

async function stampOf(folder: string): Promise<string | undefined> {
  return readFile(join(folder, stampName), 'utf8').catch(() => undefined)
}

async function compile(root: string, outputPath: string): Promise<void> {
  const compiler = join(root, 'node_modules/@angular/cli/bin/ng.js')
  const output: string[] = []
  const child = spawn(
    process.execPath,
    [compiler, 'build', '--progress=false', `--output-path=${outputPath}`],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => output.push(String(part)))
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  if (code !== 0) throw new Error(`the dashboard could not be built:\n${output.join('')}`)
}

async function replace(folder: string, built: string, old: string): Promise<void> {
  await mkdir(join(folder, '..'), { recursive: true })
  await rename(folder, old).catch(() => {})
  try {
    await rename(built, folder)
  } catch (error) {
    // Somebody else was faster; what they have built is as good.
    if ((await stampOf(folder)) !== (await stampOf(built))) throw error
  }
  await rm(old, { recursive: true, force: true })
}
