import * as z from 'zod'
import { FolderPath, walked } from './scan.ts'
import type { Tool } from './tool.ts'

const endings = (max: number) =>
  z.array(z.string().regex(/^\.[a-z0-9]{1,10}$/, 'must look like .nef')).max(max)

/** Titles and descriptions are what forms and the API document say about a field. */
export const PhotostatsParams = z.strictObject({
  path: FolderPath,
  sidecars: endings(20)
    .default(['.xmp'])
    .meta({ title: 'Endings of sidecars', description: 'Files that hold what was done to an image.' }),
  images: endings(100)
    .default(['.cr2', '.cr3', '.nef', '.arw', '.raf', '.rw2', '.orf', '.dng', '.pef', '.srw'])
    .meta({
      title: 'Endings of images with sidecar',
      description: 'Each of these is expected to have a sidecar.',
    }),
  others: endings(100)
    .default(['.jpg', '.jpeg', '.tif', '.tiff', '.png', '.heic', '.psd', '.webp', '.avif', '.gif'])
    .meta({ title: 'Endings of other photos', description: 'Photos that need no sidecar.' }),
})
export type PhotostatsParams = z.output<typeof PhotostatsParams>
const Count = z.object({ files: z.int(), bytes: z.number() })
const Paths = z.object({ count: z.int(), paths: z.array(z.string()) })
export const PhotostatsOutput = z.object({
  ...walked,
  bytes: z.number(),
  byExtension: z.record(z.string(), Count),
  withoutSidecar: Paths,
  sidecarsWithoutImage: Paths,
})
export type PhotostatsOutput = z.infer<typeof PhotostatsOutput>

export const photostats: Tool = {
  name: 'photostats',
  version: 1,
  title: 'Photo statistics',
  about: 'Counts files and bytes by type, and finds images without sidecar and sidecars without image.',
  params: PhotostatsParams,
  output: PhotostatsOutput,
  light: false,
}
