/** What all tools have in common that look through a folder. */
import * as z from 'zod'
import { PhotoConfig } from '../pipelines/photo-config.ts'

export const FolderPath = z
  .string()
  .min(1)
  .max(4_096)
  .meta({ title: 'Folder', description: 'A folder on the agent, inside of what it may look into.' })

export const Photos = PhotoConfig.prefault({}).meta({
  title: 'What counts as a photo',
  description: 'Endings of photos and sidecars, cameras, methods, folders whose files belong together.',
})

/** Lists in a result are cut here; the count beside each is the true one. */
export const listMax = 1_000

export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ count: z.int(), items: z.array(item) })

export const Skipped = z.object({ path: z.string(), reason: z.string() })

/** What every scan tells of the folder itself. */
export const walked = {
  path: z.string(),
  files: z.int(),
  folders: z.int(),
  skipped: listOf(Skipped),
} as const

/** A photo whose name says nothing, and why. */
export const InvalidName = z.object({ path: z.string(), code: z.string(), reason: z.string() })
