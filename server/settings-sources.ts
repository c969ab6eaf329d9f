/** Where the server's settings come from, and how they are shown without what is secret. */
import { dirname, resolve } from 'node:path'
import { SettingsFault } from '#host/settings/fault.ts'
import { readSettingsFile } from '#host/settings/file.ts'
import { nearest } from '#host/settings/nearest.ts'
import { type Environment, referencesIn, withFiles, withVariables } from '#host/settings/references.ts'

/** Names the settings file. It stands in the environment only. */
export const fileVariable = 'SAFELIGHT_CONFIG'

/** What is said of each setting, with its references put in place; the settings of which nothing is said are not in it. */
export type Given = ReadonlyMap<string, { readonly value: unknown; readonly origin: string }>

export interface ShownSetting {
  readonly name: string
  readonly value: string
  /** 'environment', the file, or 'default'; and what it refers to. */
  readonly source: string
}

interface Place {
  readonly origin: string
  /** What `file:` is relative to. */
  readonly folder: string
  readonly texts: Readonly<Record<string, unknown>>
  readonly where: (name: string) => string
}

/** Finds what is said of the settings of these names. The faults name what could not be put in place. */
export function sourcesOf(
  environment: Environment,
  names: readonly string[],
): { readonly given: Given; readonly faults: readonly string[] } {
  const given = new Map<string, { value: unknown; origin: string }>()
  const faults: string[] = []
  const attempt = (work: () => void) => {
    try {
      work()
    } catch (error) {
      if (!(error instanceof SettingsFault)) throw error
      faults.push(error.message)
    }
  }
  attempt(() => {
    const file = fileOf(environment)
    if (file !== undefined) checkNames(file, names)
    const own: Place = {
      origin: 'environment',
      folder: resolve(),
      texts: environment,
      where: (name) => name,
    }
    for (const name of names) {
      const place = [own, file].find((one) => one !== undefined && isGiven(name, one.texts[name]))
      if (place !== undefined) attempt(() => given.set(name, valueIn(place, name, environment)))
    }
  })
  return { given, faults }
}

/** Empty is as good as absent; but nobody who names a database and gets it wrong means the embedded one. */
function isGiven(name: string, text: unknown): boolean {
  return text !== undefined && (text !== '' || name === 'DATABASE_URL')
}

function valueIn(
  { origin, folder, texts, where }: Place,
  name: string,
  environment: Environment,
): { value: unknown; origin: string } {
  const text = texts[name]
  const value = withFiles(withVariables(text, environment, where(name)), folder, where(name))
  const references = referencesIn(text)
  return { value, origin: references.length > 0 ? `${origin}: ${references.join(' ')}` : origin }
}

function fileOf(environment: Environment): Place | undefined {
  const named = environment[fileVariable] ?? ''
  if (named === '') return undefined
  const path = resolve(named)
  return {
    origin: path,
    folder: dirname(path),
    texts: readSettingsFile(path, true) ?? {},
    where: (name) => `'${name}' in ${path}`,
  }
}

/** In the environment there are also other programs' variables; what stands in the file is meant for this one. */
function checkNames({ texts, origin }: Place, names: readonly string[]): void {
  const unknown = Object.keys(texts).filter((name) => !names.includes(name))
  if (unknown.length === 0) return
  const hints = unknown.map((name) => {
    const known = nearest(name, names)
    return known === undefined ? `'${name}'` : `'${name}' (did you mean ${known}?)`
  })
  throw new SettingsFault(
    `${origin} has what is no setting: ${hints.join(', ')}. There are: ${names.join(', ')}.`,
  )
}

/** Every setting with what it comes to. Where an address has a password, that is left out. */
export function shown(
  names: readonly string[],
  values: Readonly<Record<string, unknown>>,
  given: Given,
): ShownSetting[] {
  return names.map((name) => ({
    name,
    value: textOf(values[name]),
    source: given.get(name)?.origin ?? 'default',
  }))
}

function textOf(value: unknown): string {
  if (value === undefined) return '-'
  const text = [value].flat().map(String).map(withoutSecrets).join(', ')
  return text === '' ? 'none' : text
}

/** An address may carry secrets in two places: before the host, and after the path. */
function withoutSecrets(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text
  const [, scheme = '', user = '', place = '', query = ''] =
    /^([a-z][a-z0-9+.-]*:\/\/)(?:(.*)@)?([^?#]*)(.*)$/is.exec(text) ?? []
  const name = user.split(':')[0] ?? ''
  const signed = user === '' ? '' : user.includes(':') ? `${name}:(hidden)@` : `${name}@`
  return `${scheme}${signed}${place}${query === '' ? '' : '?(hidden)'}`
}
