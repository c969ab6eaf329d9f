/** The command line `safelight`: reads the environment, runs one command, and ends with its code. */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import * as z from 'zod'
import { runProgram } from './program.ts'

const Word = z
  .string()
  .transform((text) => (text === '' ? undefined : text))
  .optional()
const Environment = z.object({
  SAFELIGHT_URL: Word,
  SAFELIGHT_TOKEN: Word,
  SAFELIGHT_PASSWORD: Word,
  SAFELIGHT_PROFILE: Word,
  XDG_CONFIG_HOME: Word,
})
const Package = z.object({ version: z.string() })

const environment = Environment.parse(process.env)
const given = environment.XDG_CONFIG_HOME ?? ''
const configHome = isAbsolute(given) ? given : join(homedir(), '.config')
const packageFile = new URL('../../package.json', import.meta.url)

process.exitCode = await runProgram(process.argv.slice(2), {
  version: Package.parse(JSON.parse(readFileSync(packageFile, 'utf8'))).version,
  say: (line) => console.log(line),
  complain: (line) => console.error(line),
  profileFile: environment.SAFELIGHT_PROFILE ?? join(configHome, 'safelight', 'profile.json'),
  url: environment.SAFELIGHT_URL,
  token: environment.SAFELIGHT_TOKEN,
  password: environment.SAFELIGHT_PASSWORD,
  input: process.stdin,
  output: process.stderr,
  onInterrupt(listener) {
    process.on('SIGINT', listener)
    return () => void process.off('SIGINT', listener)
  },
  async up() {
    await import('../main.ts')
  },
})
