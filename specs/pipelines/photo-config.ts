/** What a team says of its photos: which files are photos, what belongs to them, what cameras and methods are called. */
import * as z from 'zod'
import { Name } from '../common.ts'
import { FileEnding, Method } from './pipeline.ts'

const endingsMax = 100
const camerasMax = 1_000
const methodsMax = 500

/** In lower case, each once. */
const Endings = z
  .array(FileEnding)
  .max(endingsMax)
  .transform((endings) => [...new Set(endings.map((ending) => ending.toLowerCase()))])

export const CameraMapping = z.strictObject({
  name: Name,
  serial: z.string().trim().max(100).optional(),
})
export type CameraMapping = z.infer<typeof CameraMapping>

const CameraKey = z.string().min(1).max(100)

/** A folder beside the originals whose files belong to them. */
const FolderName = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^/\\\p{Cc}]+$/u, 'must be the name of a folder, without slashes')
  .refine((name) => name !== '.' && name !== '..', 'must be the name of a folder')

const Fields = z.strictObject({
  photoExtensions: Endings.prefault([
    ...['.cr2', '.cr3', '.nef', '.arw', '.raf', '.rw2', '.orf', '.pef', '.srw', '.dng'],
    ...['.tif', '.tiff', '.jpg', '.jpeg', '.heic', '.png', '.psd', '.webp', '.avif'],
  ]),
  sidecarExtensions: Endings.prefault(['.xmp']),
  /** Photos of these endings have to have a sidecar. */
  needSidecar: Endings.prefault(['.cr3']),
  /** By what stands for them in file names. */
  cameras: z
    .record(CameraKey, CameraMapping)
    .refine((cameras) => Object.keys(cameras).length <= camerasMax, `must be at most ${camerasMax} cameras`)
    .prefault({}),
  /** What the methods in file names are called. */
  methods: z
    .record(Method, Name)
    .refine((methods) => Object.keys(methods).length <= methodsMax, `must be at most ${methodsMax} methods`)
    .prefault({}),
  /** `folder`: the same camera and number in two folders are two photos. `collection`: they are one. */
  scope: z.enum(['folder', 'collection']).default('folder'),
  /** Folders whose files belong to those of the folder that they are in. Case does not count. */
  siblingFolders: z.array(FolderName).max(50).default(['Edited', 'Edits', 'Exports', 'xmp', 'Sidecars']),
})

export const PhotoConfig = Fields.superRefine(
  ({ photoExtensions, sidecarExtensions, needSidecar }, context) => {
    const twice = photoExtensions.filter((ending) => sidecarExtensions.includes(ending))
    if (twice.length > 0) complain('sidecarExtensions', `${twice.join(', ')} can't be photo and sidecar`)
    const strangers = needSidecar.filter((ending) => !photoExtensions.includes(ending))
    if (strangers.length > 0) complain('needSidecar', `${strangers.join(', ')} must be among the photos`)

    function complain(field: string, message: string): void {
      context.addIssue({ code: 'custom', path: [field], message })
    }
  },
)
export type PhotoConfig = z.infer<typeof PhotoConfig>
