/** A browser for specs: an installed Chrome or Chromium, or else the one that npm brought (Linux on x64). */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createBrotliDecompress } from 'node:zlib'
import { chromium, type Browser } from 'playwright-core'
import { projectDir, runSettings } from './run.ts'

type Program = { readonly path: string; readonly environment: Readonly<Record<string, string>> }

const installed = [
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]
// The sandbox needs rights that containers and root don't have; the pages are our own.
const browserArguments = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu']

/** Starts a browser without a window. The caller closes it. */
export async function startBrowser(): Promise<Browser> {
  const { path, environment } = await findProgram()
  const inherited = Object.entries(runSettings().environment).filter(([, value]) => value !== undefined)
  const env = { ...(Object.fromEntries(inherited) as Record<string, string>), ...environment }
  return chromium.launch({ executablePath: path, args: browserArguments, env })
}

async function findProgram(): Promise<Program> {
  const path = installed.find((candidate) => existsSync(candidate))
  if (path !== undefined) return { path, environment: {} }
  if (process.platform === 'linux' && process.arch === 'x64') return await unpacked()
  throw new Error('no browser was found: install Chrome or Chromium to run the browser specs')
}

async function unpacked(): Promise<Program> {
  const entry = fileURLToPath(import.meta.resolve('@sparticuz/chromium'))
  const home = dirname(dirname(entry))
  const { version } = createRequire(import.meta.url)(join(home, 'package.json')) as { version: string }
  const folder = join(projectDir, '.data', `chromium-${version}`)
  if (!existsSync(folder)) await unpack(join(home, 'bin'), folder)
  // A bare machine lacks libraries that browsers need; the package brings them for Amazon's Linux.
  const libraries = [join(folder, 'lib'), folder].join(':')
  return {
    path: join(folder, 'chromium'),
    environment: { LD_LIBRARY_PATH: libraries, FONTCONFIG_PATH: join(folder, 'fonts') },
  }
}

// Not with the package's own function, which unpacks to a fixed place in /tmp where two runs meet.
async function unpack(archives: string, folder: string): Promise<void> {
  const draft = `${folder}-${randomUUID()}`
  mkdirSync(join(draft, 'fonts'), { recursive: true })
  try {
    await pipeline(
      createReadStream(join(archives, 'chromium.br')),
      createBrotliDecompress(),
      createWriteStream(join(draft, 'chromium')),
    )
    chmodSync(join(draft, 'chromium'), 0o755)
    await untar(join(archives, 'al2023.tar.br'), draft)
    await untar(join(archives, 'swiftshader.tar.br'), draft)
    await untar(join(archives, 'fonts.tar.br'), join(draft, 'fonts'))
    writeFileSync(join(draft, 'fonts', 'fonts.conf'), fontsConf(join(folder, 'fonts')))
    renameSync(draft, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

// The package's own names folders of Amazon's; without a font, text takes no room and counts as hidden.
function fontsConf(folder: string): string {
  const path = folder.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<?xml version="1.0"?>\n<fontconfig><dir>${path}</dir><dir>/usr/share/fonts</dir><cachedir>${path}</cachedir></fontconfig>\n`
}

async function untar(archive: string, folder: string): Promise<void> {
  const tar = spawn('tar', ['-x', '-C', folder], { stdio: ['pipe', 'inherit', 'inherit'] })
  const ended = once(tar, 'close')
  // tar stops reading at the archive's end mark, which may be before the last padding has been written:
  // whether all went well is for its exit code to say.
  const written = await pipeline(createReadStream(archive), createBrotliDecompress(), tar.stdin).catch(
    (error: unknown) => error,
  )
  const [code] = (await ended) as [number]
  if (code !== 0) throw new Error(`tar could not unpack ${archive}`, { cause: written })
}
