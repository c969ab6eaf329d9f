/**
 * The test run: `npm test`, or `npm test -- test/db --grep 'half-open'`. Ends with one line that says how many
 * specs passed and failed, for whoever reads the output by machine. `npm run chaos -- --rounds 50` has the chaos
 * specs do as much harm as in 50 runs; `--seed` repeats what a failed one has drawn.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import Mocha from 'mocha'
import * as z from 'zod'
import { rootHooks } from './support/hooks.ts'
import { configureRun } from './support/run.ts'

const environment = z.object({ TEST_DATABASE_URL: z.url().optional() })
const folders = ['specs', 'db', 'runtime', 'actors', 'server', 'agent', 'test']
const timeoutMs = 20_000
/** Of one process: Mocha lets go of nothing that a spec has held before all have run, which comes to gigabytes. */
const filesMax = 40

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    grep: { type: 'string' },
    bail: { type: 'boolean' },
    reporter: { type: 'string' },
    rounds: { type: 'string', default: '1' },
    seed: { type: 'string' },
  },
})
const { TEST_DATABASE_URL: databaseUrl } = environment.parse(process.env)
configureRun({
  environment: process.env,
  rounds: Number(values.rounds),
  ...(values.seed === undefined ? {} : { seed: Number(values.seed) }),
  ...(databaseUrl === undefined ? {} : { databaseUrl }),
})

interface Counts {
  readonly passed: number
  readonly failed: number
}
const files = specFiles(positionals.length > 0 ? positionals : folders)
const { passed, failed } = files.length <= filesMax ? await run(files) : await runInParts(files)
console.log(`${passed} passed, ${failed} failed`)
const end = () => process.exit(failed === 0 ? 0 : 1)
if (process.send) process.send({ passed, failed } satisfies Counts, end)
else end()

/** One process after the other, each with some of the files. */
async function runInParts(all: readonly string[]): Promise<Counts> {
  const sum = { passed: 0, failed: 0 }
  const options = process.argv.slice(2).filter((word) => !positionals.includes(word))
  for (let from = 0; from < all.length; from += filesMax) {
    const part = fork(process.argv[1] ?? '', [...all.slice(from, from + filesMax), ...options])
    let counts: Counts | undefined
    part.on('message', (told: Counts) => (counts = told))
    await once(part, 'exit')
    sum.passed += counts?.passed ?? 0
    // One that says nothing has died of something.
    sum.failed += counts?.failed ?? 1
    if (values.bail && sum.failed > 0) break
  }
  return sum
}

async function run(paths: readonly string[]): Promise<Counts> {
  const mocha = new Mocha({
    timeout: timeoutMs,
    slow: 2_000,
    forbidOnly: true,
    forbidPending: false,
    rootHooks,
    ...(values.grep === undefined ? {} : { grep: values.grep }),
    ...(values.bail === undefined ? {} : { bail: values.bail }),
    ...(values.reporter === undefined ? {} : { reporter: values.reporter }),
  })
  for (const file of paths) mocha.addFile(file)
  try {
    await mocha.loadFilesAsync()
  } catch (error) {
    console.error('a spec file could not be loaded:', error)
    return { passed: 0, failed: 1 }
  }
  return new Promise((resolve) => {
    const runner = mocha.run((failed) => resolve({ passed: runner.stats?.passes ?? 0, failed }))
  })
}

function specFiles(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) => {
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) return [path]
    return globSync(join(path, '**/*.spec.ts'))
  })
  if (files.length === 0) console.error(`no spec files in ${paths.join(', ')}`)
  return files.map((file) => join(process.cwd(), file.replace(process.cwd(), ''))).toSorted()
}
