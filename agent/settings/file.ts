/** Reads the settings file: plain JSON, because everything can write that and nothing can misread it. */
import { readFileSync } from 'node:fs'
import { Failure, messageOf } from '../exit-codes.ts'

/** What the file says, unchecked; null when there is none and nobody insists on it. */
export function readSettingsFile(path: string, insisted: boolean): Record<string, unknown> | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!insisted && ['ENOENT', 'ENOTDIR'].includes(code)) return null
    throw new Failure('misused', `the settings file ${path} can't be read: ${messageOf(error)}`)
  }
  return parseSettings(text, path)
}

function parseSettings(text: string, path: string): Record<string, unknown> {
  const comment = commentLine(text)
  if (comment !== null)
    throw new Failure('misused', `${path}, line ${comment}: JSON has no comments. Take it out.`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Failure('misused', `${path} is not valid JSON: ${messageOf(error)}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Failure('misused', `${path} must hold one JSON object, like {"roots": ["/photos"]}.`)
  return value as Record<string, unknown>
}

const token = /"(?:[^"\\\n]|\\.)*"|\/\/|\/\*/g

/** The line of the first comment outside of texts, or null. */
function commentLine(text: string): number | null {
  for (const { 0: found, index } of text.matchAll(token))
    if (!found.startsWith('"')) return text.slice(0, index).split('\n').length
  return null
}
