/** References in settings: `${NAME}` and `${NAME:-default}` stand for a variable, `file:path` for a file's content. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { messageOf, SettingsFault } from './fault.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const variable = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g
const filePrefix = 'file:'
const fileMaxBytes = 65_536

/** Puts variables in place, in texts at any depth. Throws a fault that names what is missing. */
export function withVariables(value: unknown, environment: Environment, where: string): unknown {
  if (Array.isArray(value)) return value.map((item) => withVariables(item, environment, where))
  if (typeof value !== 'string') return value
  return value.replace(variable, (_, name: string, fallback: string | undefined) => {
    const found = environment[name] || fallback
    if (found === undefined)
      throw new SettingsFault(
        `${where} needs the variable ${name}, which is not set. Set it, or write \${${name}:-default}.`,
      )
    return found
  })
}

/** Reads what `file:` names, relative to a folder. Secrets stay out of arguments and environments that way. */
export function withFiles(value: unknown, folder: string, where: string): unknown {
  if (Array.isArray(value)) return value.map((item) => withFiles(item, folder, where))
  if (typeof value !== 'string' || !value.startsWith(filePrefix)) return value
  const path = resolve(folder, value.slice(filePrefix.length))
  try {
    const text = readFileSync(path)
    if (text.length > fileMaxBytes) throw new Error(`it has more than ${fileMaxBytes} bytes`)
    return text.toString().trim()
  } catch (error) {
    throw new SettingsFault(`${where} names the file ${path}, which can't be read: ${messageOf(error)}`)
  }
}

/** What a text refers to, as it is written: variables without their defaults, which may be secrets too. */
export function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap(referencesIn))]
  if (typeof value !== 'string') return []
  const names = [...value.matchAll(variable)].map(([, name]) => `\${${name}}`)
  // Which file it is may hang on a variable.
  return value.startsWith(filePrefix) ? [value.replace(variable, '${$1}')] : [...new Set(names)]
}
