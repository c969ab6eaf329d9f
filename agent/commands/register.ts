/** `safelight-agent register`: once for each machine, with a token from an admin. */
import { existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { settingNames } from '#specs/agent-settings.ts'
import { Failure } from '../exit-codes.ts'
import { register, unreachable } from '../register.ts'
import { writeDurably } from '../state/write.ts'
import type { Command } from './surroundings.ts'

const notKept: readonly string[] = ['token', 'server']

export async function registerCommand(command: Command, force: boolean): Promise<void> {
  const { folder, values, say, json } = command
  folder.prepare()
  folder.lock()
  const known = folder.identity()
  if (
    known !== null &&
    values.server !== undefined &&
    sameServer(known.server, values.server) === false &&
    !force
  )
    throw new Failure(
      'misused',
      `this agent is registered with ${known.server} as '${known.name}'. To leave that for ${values.server}, add --force; another agent on this machine needs another folder (--state).`,
    )
  try {
    const made = await register(
      folder,
      { ...values, server: values.server ?? known?.server },
      await tokenOf(command),
    )
    const file = await keepSettings(command)
    if (json)
      return say(
        JSON.stringify({ agent: made.agent, name: made.name, isNew: made.isNew, folder: folder.path }),
      )
    say(`${made.isNew ? 'Registered' : 'Registered again'} as '${made.name}' (${made.agent}).`)
    if (file !== null) say(`Its settings are in ${file}.`)
    if (values.roots.length === 0) say('It may look into no folder yet: start it with --root and the folder.')
    say("Start it with 'safelight-agent start'.")
  } catch (error) {
    throw unreachable(error) ?? error
  } finally {
    folder.unlock()
  }
}

/** `-` reads it from the input, where no list of processes shows it. */
async function tokenOf({ values, input }: Command): Promise<string> {
  const token = values.token === '-' ? (await text(input)).trim() : values.token
  if (token !== undefined && token !== '') return token
  throw new Failure(
    'misused',
    "a registration token is needed: --token <token>, --token - to read it from the input, or --token file:<path>. An admin makes one in the dashboard or with 'safelight agents token'.",
  )
}

/** The flags of the first registration become the settings file, so that a start needs none. */
async function keepSettings({ settings, values, file }: Command): Promise<string | null> {
  if (existsSync(file)) return null
  const given = settingNames.filter(
    (name) => settings.origins[name].startsWith('--') && !notKept.includes(name),
  )
  const kept = Object.fromEntries(given.map((name) => [name, values[name]]))
  await writeDurably(file, `${JSON.stringify(kept, null, 2)}\n`)
  return file
}

function sameServer(one: string, other: string): boolean {
  return new URL(one).href === new URL(other).href
}
