/** The types of files that a folder holds, for reading. */
import type { PhotostatsOutput } from '#specs/tools.ts'
import { percent } from '../words/amounts.ts'

export type TypeRow = {
  readonly extension: string
  readonly files: number
  readonly bytes: number
  /** Of all bytes. */
  readonly percent: number
  readonly share: string
}

/** The biggest first. */
export function typeRows({ byExtension, bytes }: Pick<PhotostatsOutput, 'byExtension' | 'bytes'>): TypeRow[] {
  return Object.entries(byExtension)
    .map(([extension, count]) => {
      const share = percent(count.bytes, bytes)
      return {
        extension: extension === '' ? 'without extension' : extension,
        ...count,
        percent: share,
        share: share === 0 && count.bytes > 0 ? '< 1 %' : `${share} %`,
      }
    })
    .toSorted((one, other) => other.bytes - one.bytes || other.files - one.files)
}
