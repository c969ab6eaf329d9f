/** Puts settings together: a flag beats the environment, that beats the file, that beats the default. */
import { dirname } from 'node:path'
import type * as z from 'zod'
import { SettingsFault } from '#host/settings/fault.ts'
import { readSettingsFile } from '#host/settings/file.ts'
import { withFiles, withVariables } from '#host/settings/references.ts'
import {
  AgentSettings,
  agentVariables,
  listSettings,
  secretSettings,
  settingNames,
  type SettingName,
  unknownAgentVariables,
  variableOf,
} from '#specs/agent-settings.ts'
import { Failure } from '../exit-codes.ts'

export type Flags = Partial<Record<SettingName, unknown>>

export interface Sources {
  readonly flags: Flags
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly file: string
  /** The file was named, so it has to be there. */
  readonly insisted: boolean
  readonly workingFolder: string
  /** What separates the parts of a list of folders in the environment. */
  readonly delimiter: string
}

export interface Settings {
  readonly values: AgentSettings
  /** Where each comes from: a flag, a variable, a file; 'default' where nobody says. */
  readonly origins: Readonly<Record<SettingName, string>>
}

/** `threadMemoryMb` is --thread-memory-mb as a flag. */
export function flagOf(name: SettingName): string {
  const single = name === 'roots' ? 'root' : name === 'tags' ? 'tag' : name
  return `--${single.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** Reads all settings. Throws one failure that names everything at fault, and where it stands. */
export function readSettings(sources: Sources): Settings {
  checkVariables(sources.environment)
  const given: Record<string, unknown> = {}
  const origins: Record<string, string> = Object.fromEntries(settingNames.map((name) => [name, 'default']))
  try {
    for (const { name, value, origin } of inOrder(sources)) {
      given[name] = value
      origins[name] = origin
    }
  } catch (error) {
    throw error instanceof SettingsFault ? new Failure('misused', error.message) : error
  }
  const parsed = AgentSettings.safeParse(given)
  if (!parsed.success) throw new Failure('misused', complaint(parsed.error, origins))
  const { slots, threads } = parsed.data
  if (threads !== undefined && threads < slots)
    throw new Failure('misused', `${slots} slots need at least as many threads, not ${threads}.`)
  return { values: parsed.data, origins: origins as Settings['origins'] }
}

type Found = { readonly name: string; readonly value: unknown; readonly origin: string }

/** Everything that is given, the weakest first. */
function* inOrder(sources: Sources): Generator<Found> {
  const { environment, file, workingFolder, delimiter } = sources
  for (const [name, value] of Object.entries(readSettingsFile(file, sources.insisted) ?? {})) {
    const where = `'${name}' in ${file}`
    yield {
      name,
      value: withFiles(withVariables(value, environment, where), dirname(file), where),
      origin: file,
    }
  }
  for (const name of settingNames) {
    const origin = variableOf(name)
    const text = environment[origin]
    if (text === undefined || text === '') continue
    const value = listSettings.includes(name) ? text.split(name === 'roots' ? delimiter : ',') : text
    yield { name, value: withFiles(value, workingFolder, origin), origin }
  }
  for (const name of settingNames) {
    const value = sources.flags[name]
    if (value === undefined) continue
    yield { name, value: withFiles(value, workingFolder, flagOf(name)), origin: flagOf(name) }
  }
}

/** A variable that nobody reads is a mistake that nobody would notice. */
function checkVariables(environment: Sources['environment']): void {
  const unknown = unknownAgentVariables(Object.keys(environment))
  if (unknown.length === 0) return
  throw new Failure(
    'misused',
    `there is no variable ${unknown.join(', ')}. There are: ${agentVariables.toSorted().join(', ')}.`,
  )
}

function complaint(error: z.ZodError, origins: Readonly<Record<string, string>>): string {
  const faults = error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map(
        (key) => `'${key}' in ${origins[key]} is no setting (there are: ${settingNames.join(', ')})`,
      )
    const [name, ...rest] = issue.path.map(String)
    return `${[name, ...rest].join('.')} (from ${origins[name ?? '']}): ${issue.message}`
  })
  return `the settings are not right. ${faults.join('; ')}`
}

/** The settings as they may be shown: where each comes from, and no secret. */
export function shownSettings({
  values,
  origins,
}: Settings): { name: string; value: string; origin: string }[] {
  return settingNames.map((name) => {
    const value = values[name]
    const hidden = secretSettings.includes(name) && value !== undefined
    const text = value === undefined ? '-' : hidden ? '(hidden)' : [value].flat().join(', ') || 'none'
    return { name, value: text, origin: origins[name] }
  })
}
