/** The program `safelight-agent`: reads the environment, runs one command, and ends with its code. */
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { makeFolder } from '#host/make-folder.ts'
import { cacheFolder } from './settings/folders.ts'

const { env: environment, platform } = process
const home = homedir()
const cache = environment['NODE_COMPILE_CACHE'] ?? cacheFolder({ platform, home, environment })
try {
  makeFolder(cache)
  enableCompileCache(cache)
  // The worker threads look here.
  environment['NODE_COMPILE_CACHE'] = cache
} catch {
  // It starts without, only slower.
}
const { runProgram } = await import('./program.ts')

// Whoever read along may be gone; the work goes on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
const code = await runProgram(process.argv.slice(2), {
  environment,
  home,
  workingFolder: process.cwd(),
  input: process.stdin,
  say: (text) => process.stdout.write(`${text}\n`),
  complain: (text) => process.stderr.write(`${text}\n`),
  ...(process.stderr.isTTY && {
    redraw: (line: string) => process.stderr.write(`\r\u001b[K${line.slice(0, process.stderr.columns - 1)}`),
  }),
})
await new Promise<void>((written) => process.stdout.write('', () => written()))
// A socket that is just being opened, a thread that hangs: nothing may keep the program that has ended.
process.exit(code)
