/** The commands of `safelight`. */
import type { Readable, Writable } from 'node:stream'
import { Command, CommanderError } from 'commander'
import { printable } from '#host/terminal.ts'
import { agentCommands } from './agents.ts'
import { addressOf, Client } from './client.ts'
import { exitCodes, Interrupted, Misused } from './exit-codes.ts'
import { pointToHelp } from './groups.ts'
import { jobCommands } from './jobs.ts'
import { jsonOf, type Say } from './print.ts'
import { readProfile } from './profile.ts'
import { askPassword, signIn, tokenDays } from './sign-in.ts'
import type { Terminal } from './terminal.ts'

export interface Surroundings {
  readonly version: string
  /** What was asked for. */
  readonly say: Say
  /** Everything else. */
  readonly complain: Say
  /** Where the profile lies. */
  readonly profileFile: string
  readonly url: string | undefined
  readonly token: string | undefined
  readonly password: string | undefined
  /** Where the password is asked for. */
  readonly input: Readable
  readonly output: Writable
  onInterrupt(listener: () => void): () => void
  /** Brings up a whole system, and stays. */
  up(): Promise<void>
}

const defaultUrl = 'http://127.0.0.1:4600'
const aboutExits = `
Exit codes: 0 done; 1 failed, or refused by the server; 2 not understood; 130 left by Ctrl-C.`

/** Runs one command. Returns the exit code. */
export async function runProgram(words: readonly string[], given: Surroundings): Promise<number> {
  const around = {
    ...given,
    say: (text: string) => given.say(printable(text)),
    complain: (text: string) => given.complain(printable(text)),
  }
  let code: number = exitCodes.done
  const program = programOf(around, () => {
    code = exitCodes.failed
  })
  try {
    await program.parseAsync([...words], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.misused
    const message = error instanceof Error ? error.message : String(error)
    if (message !== '') around.complain(`safelight: ${message}`)
    if (error instanceof Interrupted) return exitCodes.interrupted
    return error instanceof Misused ? exitCodes.misused : exitCodes.failed
  }
}

function programOf(around: Surroundings, fail: () => void): Command {
  const program = new Command('safelight')
    .description('Watches over photo collections with a fleet of agents.')
    .version(around.version)
    .option('--url <url>', 'the server (SAFELIGHT_URL)')
    .option('--token <token>', 'an API token (SAFELIGHT_TOKEN)')
    .option('--json', 'print JSON, for programs')
    .addHelpText('after', aboutExits)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => around.say(text.trimEnd()),
      writeErr: (text) => around.complain(text.trimEnd()),
      outputError: (text, write) => write(text.replace(/^error:/, 'safelight:')),
    })
  const terminal = terminalOf(program, around, fail)
  program
    .command('up')
    .description('start a server with its own database and a local agent (what npm start does)')
    .addHelpText('after', '\nPORT, DATA_DIR and others in the environment set it up: README.md has them.')
    .action(() => around.up())
  program
    .command('sign-in')
    .description('keep a token for the other commands')
    .addHelpText(
      'after',
      '\nThe password is asked for, read from the input, or taken from SAFELIGHT_PASSWORD.',
    )
    .requiredOption('--email <email>', 'your e-mail address')
    .action(({ email }: { email: string }) => signInCommand(program, around, email))
  agentCommands(program, terminal)
  jobCommands(program, terminal)
  pointToHelp(program)
  return program
}

async function signInCommand(program: Command, around: Surroundings, email: string): Promise<void> {
  const url = urlOf(program, around)
  const password = around.password ?? (await askPassword(around.input, around.output))
  const signedIn = await signIn({ url, email, password, file: around.profileFile })
  if (program.opts<{ json?: boolean }>().json) return around.say(jsonOf(signedIn))
  around.say(
    `Signed in at ${signedIn.url}. The token is called '${signedIn.token}' and is good for ${tokenDays} days.`,
  )
}

function terminalOf(program: Command, around: Surroundings, fail: () => void): Terminal {
  const server = () => {
    const url = urlOf(program, around)
    return { url, token: program.opts<{ token?: string }>().token ?? around.token ?? keptToken(around, url) }
  }
  return {
    say: around.say,
    complain: around.complain,
    get json() {
      return program.opts<{ json?: boolean }>().json === true
    },
    server,
    client: () => new Client(server().url, server().token),
    fail,
    onInterrupt: (listener) => around.onInterrupt(listener),
  }
}

/** A token is shown only to the server that has made it. */
function keptToken({ profileFile }: Surroundings, url: string): string {
  const profile = readProfile(profileFile)
  if (profile === null)
    throw new Error(
      "nobody has signed in here: 'safelight sign-in --email you@example.org', or set SAFELIGHT_TOKEN",
    )
  if (addressOf(profile.url) === url) return profile.token
  throw new Error(
    `you have signed in at ${profile.url}, not at ${url}: 'safelight sign-in --url ${url} --email you@example.org'`,
  )
}

function urlOf(program: Command, around: Surroundings): string {
  const given = program.opts<{ url?: string }>().url ?? around.url
  return addressOf(given ?? readProfile(around.profileFile)?.url ?? defaultUrl)
}
