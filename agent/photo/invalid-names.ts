/** Photos whose names say nothing, as people are told of them. */
import type * as z from 'zod'
import type { InvalidName } from '#specs/tools/scan.ts'
import { pathOf } from '../scan/analysis.ts'
import type { ScannedFile, ScopePhotos } from './group.ts'
import type { InvalidReason } from './parse-name.ts'

export type Invalid = z.infer<typeof InvalidName>

const words: Readonly<Record<InvalidReason, string>> = {
  CAMERA_TOO_SHORT: 'its name is too short to say which camera took it',
  CAMERA_LOWERCASE: 'the camera, the first four letters of its name, has small letters',
  CAMERA_CHARSET: 'the camera, the first four letters of its name, has more than A to Z and 0 to 9',
  COUNTER_NOT_4_DIGITS: 'no number of four digits follows the camera in its name',
  COUNTER_ZERO: 'its number is 0000, which no camera gives',
  COUNTER_NON_ASCII: 'its number is not written in plain digits',
  PROPERTY_EMPTY: 'there is nothing between two dashes, or after the last one',
  PROPERTY_CHARSET: 'what follows its number has more than letters, digits, blanks and underscores',
  PATTERN_MISMATCH: "its name does not begin as the pipeline's pattern says",
  REST_WITHOUT_DASH: 'what follows its number does not begin with a dash',
}

export function invalidIn({ invalid }: ScopePhotos<ScannedFile>): Invalid[] {
  return invalid.map(({ file, reason }) => ({ path: pathOf(file), code: reason, reason: words[reason] }))
}
