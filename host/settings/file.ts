/** Reads a settings file: plain JSON, because everything can write that and nothing can misread it. */
import { readFileSync } from 'node:fs'
import { messageOf, SettingsFault } from './fault.ts'

/** What the file says, unchecked; null when there is none and nobody insists on it. */
export function readSettingsFile(path: string, insisted: boolean): Record<string, unknown> | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!insisted && ['ENOENT', 'ENOTDIR'].includes(code)) return null
    throw new SettingsFault(`the settings file ${path} can't be read: ${messageOf(error)}`)
  }
  return parseObject(text, path)
}

/** The one JSON object that a file of people's holds. Throws a fault that says where it is none. */
export function parseObject(text: string, path: string): Record<string, unknown> {
  const comment = commentLine(text)
  if (comment !== null)
    throw new SettingsFault(`${path}, line ${comment}: JSON has no comments. Take it out.`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new SettingsFault(`${path} is not valid JSON: ${reasonOf(error)}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SettingsFault(`${path} must hold one JSON object, like {"name": "value"}.`)
  return value as Record<string, unknown>
}

/** Without the piece of the text that the message of newer engines quotes: it may be a secret. */
function reasonOf(error: unknown): string {
  return messageOf(error).replace(/,? (?:\.\.\.)?".*" is not valid JSON$/s, '')
}

const token = /"(?:[^"\\\n]|\\.)*"|\/\/|\/\*/g

/** The line of the first comment outside of texts, or null. */
function commentLine(text: string): number | null {
  for (const { 0: found, index } of text.matchAll(token))
    if (!found.startsWith('"')) return text.slice(0, index).split('\n').length
  return null
}
