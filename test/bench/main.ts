/** `npm run bench -- NAME [--json]`: runs the benchmark in `test/bench/NAME/main.ts` with the arguments that follow. */
import { globSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const names = globSync('*/main.ts', { cwd: here }).map((path) => basename(dirname(path)))
const [name] = process.argv.slice(2)

if (name === undefined || !names.includes(name)) {
  const asked = name === undefined ? 'Name a benchmark' : `There is no benchmark "${name}"`
  console.error(`${asked}: npm run bench -- NAME [--json]`)
  console.error(names.length === 0 ? 'There are none yet.' : `Names: ${names.toSorted().join(', ')}`)
  process.exitCode = 1
} else {
  process.argv.splice(1, 2, `${here}${name}/main.ts`)
  await import(`./${name}/main.ts`)
}
