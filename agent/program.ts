/** The commands of `safelight-agent`. */
import { Command as Commander, CommanderError, Option } from 'commander'
import { delimiter, join, resolve } from 'node:path'
import { settingNames } from '#specs/agent-settings.ts'
import {
  capabilitiesCommand,
  configCommand,
  drainCommand,
  healthCommand,
  statusCommand,
} from './commands/inspect.ts'
import { registerCommand } from './commands/register.ts'
import { scanCommand } from './commands/scan.ts'
import { selfTestCommand } from './commands/self-test.ts'
import { startCommand } from './commands/start.ts'
import type { Command, Surroundings } from './commands/surroundings.ts'
import { type Ending, exitCodes, Failure } from './exit-codes.ts'
import { logTo } from './log.ts'
import { defaultFolder, settingsFileName } from './settings/folders.ts'
import { type Flags, flagOf, readSettings } from './settings/read.ts'
import { scanTools } from './scan/tools.ts'
import { StateFolder } from './state/folder.ts'
import { programVersion } from './version.ts'

type Options = Readonly<Record<string, unknown>>
type Run = (command: Command, options: Options, words: readonly string[]) => Promise<Ending | void> | void

/** Runs one command. Resolves with the exit code. */
export async function runProgram(words: readonly string[], around: Surroundings): Promise<number> {
  let ending: Ending = 'done'
  const program = programOf(around, (done) => {
    ending = done
  })
  try {
    await program.parseAsync([...words], { from: 'user' })
    return exitCodes[ending]
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.misused
    if (!(error instanceof Failure)) throw error
    around.complain(`safelight-agent: ${error.message}`)
    return exitCodes[error.ending]
  }
}

function programOf(around: Surroundings, end: (ending: Ending) => void): Commander {
  const program = new Commander('safelight-agent')
    .description('Looks through photo folders on this machine, for a Safelight server.')
    .version(programVersion)
    .option('--state <folder>', 'the folder of this agent: settings, key, results (SAFELIGHT_AGENT_STATE)')
    .option('--config <file>', "settings, 'agent.json' in its folder where absent (SAFELIGHT_AGENT_CONFIG)")
    .option('--log <level>', 'debug, info, warn or error')
    .option('--json', 'print JSON, for programs')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => around.say(text.trimEnd()),
      writeErr: (text) => around.complain(text.trimEnd()),
    })
    .showHelpAfterError("'safelight-agent --help' shows what there is.")
  const command = (name: string, about: string, run: Run) =>
    program
      .command(name)
      .description(about)
      .action(async (...given: unknown[]) => {
        // Its words, its options, and itself.
        const options = given.at(-2) as Options
        const done = await run(commandOf(program, options, around), options, given.slice(0, -2) as string[])
        end(done ?? 'done')
      })
  declare(command)
  return program
}

function declare(command: (name: string, about: string, run: Run) => Commander): void {
  withSettings(
    command('register', 'make this machine known to a server, once', (given, { force }) =>
      registerCommand(given, force === true),
    ),
  )
    .option(
      '--token <token>',
      "from an admin, good for one agent; '-' reads it from the input, 'file:' from a file",
    )
    .option('--force', 'leave the server that it is registered with')
  withSettings(command('start', 'run until told to stop', startCommand)).option(
    '--token <token>',
    'register by itself where it has not yet',
  )
  command('scan', 'look through a folder, without a server', (given, options, [folder = '']) =>
    scanCommand(given, folder, options),
  )
    .argument('<folder>')
    .option('--tool <names>', `of ${[...scanTools.keys()].join(', ')}, with commas between`)
    .option('--pipeline <file>', 'what images are compared with: nodes and edges, as JSON')
    .option('--photos <file>', 'what counts as a photo, as JSON')
    .option('--threads <number>', 'worker threads')
    .option('--thread-memory-mb <number>', 'a thread that needs more is ended')
  command('status', 'how the running agent is', statusCommand)
  withSettings(command('capabilities', 'what it can do, and what it lacks for the rest', capabilitiesCommand))
  withSettings(command('self-test', 'try everything that it needs', selfTestCommand))
  withSettings(command('config', 'the settings, and where each comes from', configCommand))
  command('drain', 'let the running agent finish, and end', (given, { wait }) =>
    drainCommand(given, wait === true),
  ).option('--wait', 'until it has ended')
  command('healthcheck', 'whether the running agent answers: exit code 0 or 1', (given, { connected }) =>
    healthCommand(given, connected === true),
  ).option('--connected', 'and has a server')
}

const collect = (value: string, before: string[] | undefined) => [...(before ?? []), value]

function withSettings(command: Commander): Commander {
  return command
    .option('--server <address>', 'like https://safelight.example.org')
    .option('--name <name>', "what people call it; the machine's name where absent")
    .addOption(
      new Option('--root <folder>', 'a folder that it may look into; may be repeated').argParser(collect),
    )
    .addOption(new Option('--tag <key=value>', 'what jobs can ask for; may be repeated').argParser(collect))
    .option('--slots <number>', 'jobs at once')
    .option('--threads <number>', 'worker threads for all jobs')
    .option('--thread-memory-mb <number>', 'a thread that needs more is ended')
    .option('--drain-ms <number>', 'told to stop, it lets its jobs run for so long')
}

function commandOf(
  program: Commander,
  options: Readonly<Record<string, unknown>>,
  around: Surroundings,
): Command {
  const { environment, home, workingFolder } = around
  const common = program.opts<{ state?: string; config?: string; log?: string; json?: boolean }>()
  const platform = process.platform
  const named = common.state ?? environment['SAFELIGHT_AGENT_STATE']
  const path = resolve(workingFolder, named ?? defaultFolder({ platform, home, environment }))
  const namedFile = common.config ?? environment['SAFELIGHT_AGENT_CONFIG']
  const file = resolve(workingFolder, namedFile ?? join(path, settingsFileName))
  const flags = flagsFrom({ ...common, ...options })
  const insisted = namedFile !== undefined
  const settings = readSettings({ flags, environment, file, insisted, workingFolder, delimiter })
  const roots = settings.values.roots.map((root) => resolve(workingFolder, root))
  return {
    ...around,
    settings,
    values: { ...settings.values, roots },
    folder: new StateFolder(path),
    file,
    json: common.json === true,
    log: logTo(around.complain, settings.values.log),
  }
}

/** Commander calls an option as it is written, in camel case. */
function flagsFrom(options: Readonly<Record<string, unknown>>): Flags {
  return Object.fromEntries(
    settingNames.map((name) => {
      const flag = flagOf(name).slice(2)
      return [name, options[flag.replace(/-[a-z]/g, (found) => found.slice(1).toUpperCase())]]
    }),
  )
}
