/** The command line `safelight`: reads the environment, runs one command, and ends with its code. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { runProgram } from './program.ts'

const Environment = z.object({
  SAFELIGHT_URL: z.string().optional(),
  SAFELIGHT_TOKEN: z.string().optional(),
  SAFELIGHT_PASSWORD: z.string().optional(),
  SAFELIGHT_PROFILE: z.string().optional(),
  XDG_CONFIG_HOME: z.string().optional(),
})

const environment = Environment.parse(process.env)
const configHome = environment.XDG_CONFIG_HOME ?? join(homedir(), '.config')
process.exitCode = await runProgram(process.argv.slice(2), {
  say: (line) => console.log(line),
  complain: (line) => console.error(line),
  profileFile: environment.SAFELIGHT_PROFILE ?? join(configHome, 'safelight', 'profile.json'),
  url: environment.SAFELIGHT_URL ?? null,
  token: environment.SAFELIGHT_TOKEN ?? null,
  password: environment.SAFELIGHT_PASSWORD ?? null,
  input: process.stdin,
  output: process.stdout,
  async up() {
    await import('../main.ts')
  },
})
