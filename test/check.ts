/** `npm run check`: everything that can be said about the code without running the product. */
import { spawnSync } from 'node:child_process'

const checks: [name: string, ...command: string[]][] = [
  ['types', 'node_modules/typescript7/bin/tsc', '-p', 'tsconfig.json'],
  [
    'web types',
    'node_modules/@angular/compiler-cli/bundles/src/bin/ngc.js',
    '-p',
    'web/tsconfig.json',
    '--noEmit',
  ],
  ['lint', 'node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings'],
  ['format', 'node_modules/oxfmt/bin/oxfmt', '--check'],
  ['tidy', 'test/main.ts', 'test/tidy', '--reporter', 'dot'],
]

const failed = checks.filter(([name, ...command]) => !passes(name, command)).map(([name]) => name)
console.log(failed.length === 0 ? 'check: all good' : `check: ${failed.join(', ')} failed`)
if (failed.includes('format')) console.log('"npm run format" puts the format right.')
process.exitCode = failed.length === 0 ? 0 : 1

function passes(name: string, command: readonly string[]): boolean {
  const start = performance.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
  if (status !== 0) console.log(`${stdout}${stderr}`)
  return status === 0
}
