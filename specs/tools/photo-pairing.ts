import * as z from 'zod'
import { FolderPath, InvalidName, listOf, Photos, walked } from './scan.ts'
import type { Tool } from './tool.ts'

export const PhotoPairingParams = z.strictObject({ path: FolderPath, photos: Photos })
export type PhotoPairingParams = z.output<typeof PhotoPairingParams>

const Usage = z.object({
  /** As the team calls it; null where it has no name yet. */
  name: z.string().nullable(),
  images: z.int(),
  files: z.int(),
})
/** A camera and number in several places that do not belong together: told, and nothing made of it. */
const Spread = z.object({ camera: z.string(), counter: z.string(), scopes: z.array(z.string()) })

export const PhotoPairingOutput = z.object({
  ...walked,
  /** Different cameras and numbers of one place. */
  photos: z.int(),
  /** One for each photo, and one more for each further separate image. */
  images: z.int(),
  cameras: z.record(z.string(), Usage),
  methods: z.record(z.string(), Usage),
  invalid: listOf(InvalidName),
  spread: listOf(Spread),
})
export type PhotoPairingOutput = z.infer<typeof PhotoPairingOutput>

export const photoPairing: Tool = {
  name: 'photo_pairing',
  version: 1,
  title: 'Photo pairing',
  about: 'Puts the files of each image together by their names, and tells of cameras and methods.',
  params: PhotoPairingParams,
  output: PhotoPairingOutput,
  light: false,
}
