/** Names of files: what they mean, by the standard and by patterns. */
import { compilePattern } from '#agent/photo/pattern/pattern.ts'
import {
  parserOf,
  parseStandard,
  reasonAgainst,
  type ParseName,
} from '#agent/photo/shuttersense/file-name.ts'
import { namedFiles } from '#agent/photo/shuttersense/files.ts'
import { FileNames } from './recorded.ts'
import type { Verdict } from './verdict.ts'

export function compareNames(where: string, recorded: unknown, verdict: Verdict): void {
  const { regexes, cases } = FileNames.parse(recorded)
  const parsers = regexes.map(([expression, group]) => parserOf(expression, group, compilePattern))
  for (const { name, quirk, ...answers } of cases) {
    const at = `${where} ${JSON.stringify(name)}`
    if (quirk) verdict.leave(at, 'a quirk')
    else verdict.compare(at, answersTo(name, parsers), answers)
  }
}

function answersTo(name: string, parsers: readonly ParseName[]) {
  const [file = { stem: '', extension: '' }] = namedFiles([{ path: name, size: 0, mtime: 0 }])
  const { stem, extension } = file
  const parsed = parseStandard(stem, extension)
  return {
    stem,
    ext: extension,
    valid: parsed !== undefined,
    code: reasonAgainst(stem, extension),
    parsed: parsed ? { ...partsOf(parsed), extension: name.slice(stem.length) } : null,
    rx: parsers.map((parse) => {
      const found = parse(stem, extension)
      return found ? partsOf(found) : null
    }),
  }
}

function partsOf({ camera, counter, properties }: NonNullable<ReturnType<ParseName>>) {
  return { camera_id: camera, counter, properties }
}
