import { readdir, readFile, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const worthBytes = 1_000
const packed = new Set(['.js', '.css', '.html', '.svg', '.json', '.webmanifest'])

/** Puts compressed copies beside the files that gain by it. */
export async function compressAll(folder: string): Promise<void> {
  const paths = await readdir(folder, { recursive: true })
  for (const path of paths.filter((name) => packed.has(extname(name)))) {
    const file = join(folder, path)
    const body = await readFile(file)
    if (body.length < worthBytes) continue
    const [br, gz] = await Promise.all([brotli(body), zip(body, { level: 9 })])
    await Promise.all([writeFile(`${file}.br`, br), writeFile(`${file}.gz`, gz)])
  }
}

const zip = promisify(gzip)
const compress = promisify(brotliCompress)

function brotli(body: Buffer): Promise<Buffer> {
  return compress(body, {
    params: {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
    },
  })
}
