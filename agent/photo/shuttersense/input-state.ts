/** By this the reference knows that nothing has changed since the last run of a tool. */
import { createHash } from 'node:crypto'
import type { PhotoFile } from './files.ts'
import { sortedBy, sortedTexts } from './text.ts'

const hashVersion = 3

export function fileListHash(files: Iterable<PhotoFile>): string {
  const lines = sortedBy(files, ({ path }) => path).map(
    ({ path, size, mtime }) => `${path}|${size}|${Math.floor(mtime)}`,
  )
  return sha256(lines.join('\n'))
}

const relevant = [
  'photo_extensions',
  'metadata_extensions',
  'require_sidecar',
  'camera_mappings',
  'processing_methods',
  'pipeline',
  'pipeline_tool_config',
]

/** Of those keys that tools go by, as far as they are there. */
export function configurationHash(configuration: Readonly<Record<string, unknown>>): string {
  const kept = relevant
    .filter((key) => configuration[key] !== undefined)
    .map((key) => [key, configuration[key]])
  return sha256(pythonJson({ ...Object.fromEntries(kept), _hash_version: hashVersion }))
}

export function inputStateHash(
  tool: string,
  files: Iterable<PhotoFile>,
  configuration: Readonly<Record<string, unknown>>,
): string {
  return sha256(`${tool}|${fileListHash(files)}|${configurationHash(configuration)}`)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** JSON as Python writes it, with sorted keys: blanks after commas and colons, and nothing that is not ASCII. */
function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`
  if (typeof value !== 'object' || value === null) return asciiJson(value ?? null)
  const entries = Object.entries(value).filter(([, inside]) => inside !== undefined)
  const byKey = new Map(entries)
  const members = sortedTexts(byKey.keys()).map((key) => `${asciiJson(key)}: ${pythonJson(byKey.get(key))}`)
  return `{${members.join(', ')}}`
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
