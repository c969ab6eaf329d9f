/** Runs one example on a database of its own: `node bin/with-node.mjs runtime/examples/main.ts tell-and-ask`. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPool } from '../../db/connect.ts'
import { startEmbedded } from '../../db/embedded/start.ts'
import { migrate } from '../../db/migrate.ts'
import { runExample } from './run.ts'

const names = readdirSync(import.meta.dirname).map((file) => file.replace('.ts', ''))
const [name = ''] = process.argv.slice(2)
if (names.includes(name)) await main(name)
else console.log(`name one of: ${names.join(', ')}`)

async function main(name: string) {
  const dir = mkdtempSync(join(tmpdir(), 'example-'))
  const postgres = await startEmbedded({ dir })
  try {
    await migrateRuntime(postgres.url)
    await runExample(name, postgres.url, (line) => console.log(line))
  } finally {
    await postgres.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

async function migrateRuntime(url: string) {
  const pool = openPool({ url, schema: 'runtime', applicationName: 'migrate' })
  await migrate(pool, { dir: new URL('../../db/runtime/migrations/', import.meta.url), name: 'runtime' })
  await pool.end()
}
