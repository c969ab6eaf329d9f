/** The commands of `safelight`. */
import { Command, CommanderError } from 'commander'
import { agentCommands } from './agents.ts'
import { Client, Declined } from './client.ts'
import { jobCommands } from './jobs.ts'
import type { Say } from './print.ts'
import { readProfile } from './profile.ts'
import { askPassword, signIn } from './sign-in.ts'
import type { Terminal } from './terminal.ts'

export interface Surroundings {
  readonly say: Say
  readonly complain: Say
  /** Where the profile lies. */
  readonly profileFile: string
  readonly url: string | null
  readonly token: string | null
  readonly password: string | null
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
  /** Brings up a whole system, and stays. */
  up(): Promise<void>
}

const defaultUrl = 'http://127.0.0.1:4600'

/** Runs one command. Returns the exit code: 0 done, 1 declined or failed, 2 not understood. */
export async function runProgram(words: readonly string[], around: Surroundings): Promise<number> {
  let code = 0
  const program = programOf(around, () => {
    code = 1
  })
  try {
    await program.parseAsync([...words], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    around.complain(`safelight: ${error instanceof Error ? error.message : String(error)}`)
    return error instanceof Declined || error instanceof Error ? 1 : 2
  }
}

function programOf(around: Surroundings, fail: () => void): Command {
  const program = new Command('safelight')
    .description('Watches over photo collections with a fleet of agents.')
    .option('--url <url>', 'the server (SAFELIGHT_URL)')
    .option('--token <token>', 'an API token (SAFELIGHT_TOKEN)')
    .option('--json', 'print JSON, for programs')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => around.say(text.trimEnd()),
      writeErr: (text) => around.complain(text.trimEnd()),
    })
    .showHelpAfterError("'safelight --help' shows what there is.")
  const terminal = terminalOf(program, around, fail)
  program
    .command('up')
    .description('start a server with its own database and a local agent (what npm start does)')
    .action(() => around.up())
  program
    .command('sign-in')
    .description('keep a token for the other commands')
    .requiredOption('--email <email>', 'your e-mail address')
    .action(async ({ email }: { email: string }) => {
      const password = around.password ?? (await askPassword(around.input as never, around.output as never))
      around.say(await signIn({ url: urlOf(program, around), email, password, file: around.profileFile }))
    })
  agentCommands(program, terminal)
  jobCommands(program, terminal)
  return program
}

function terminalOf(program: Command, around: Surroundings, fail: () => void): Terminal {
  const server = () => {
    const token =
      program.opts<{ token?: string }>().token ?? around.token ?? readProfile(around.profileFile)?.token
    if (token === undefined)
      throw new Error(
        "nobody has signed in here: 'safelight sign-in --email you@example.org', or set SAFELIGHT_TOKEN",
      )
    return { url: urlOf(program, around), token }
  }
  return {
    say: around.say,
    get json() {
      return program.opts<{ json?: boolean }>().json === true
    },
    server,
    client: () => new Client(server().url, server().token),
    fail,
  }
}

function urlOf(program: Command, around: Surroundings): string {
  const given = program.opts<{ url?: string }>().url ?? around.url ?? readProfile(around.profileFile)?.url
  return (given ?? defaultUrl).replace(/\/+$/, '')
}
