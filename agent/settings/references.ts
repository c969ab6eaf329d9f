/** References in settings: `${NAME}` and `${NAME:-default}` stand for a variable, `file:path` for a file's content. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Failure, messageOf } from '../exit-codes.ts'

type Environment = Readonly<Record<string, string | undefined>>

const variable = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g
const fileMaxBytes = 65_536

/** Puts variables in place, in texts at any depth. Throws one failure that names what is missing. */
export function withVariables(value: unknown, environment: Environment, where: string): unknown {
  if (Array.isArray(value)) return value.map((item) => withVariables(item, environment, where))
  if (typeof value !== 'string') return value
  return value.replace(variable, (_, name: string, fallback: string | undefined) => {
    const found = environment[name] || fallback
    if (found === undefined)
      throw new Failure(
        'misused',
        `${where} needs the variable ${name}, which is not set. Set it, or write \${${name}:-default}.`,
      )
    return found
  })
}

/** Reads what `file:` names, relative to a folder. Secrets stay out of arguments and environments that way. */
export function withFiles(value: unknown, folder: string, where: string): unknown {
  if (Array.isArray(value)) return value.map((item) => withFiles(item, folder, where))
  if (typeof value !== 'string' || !value.startsWith('file:')) return value
  const path = resolve(folder, value.slice('file:'.length))
  try {
    const text = readFileSync(path)
    if (text.length > fileMaxBytes) throw new Error(`it has more than ${fileMaxBytes} bytes`)
    return text.toString().trim()
  } catch (error) {
    throw new Failure('misused', `${where} names the file ${path}, which can't be read: ${messageOf(error)}`)
  }
}
