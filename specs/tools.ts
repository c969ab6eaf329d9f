/** The tools that agents run: what each is given and what it answers. */
import * as z from 'zod'
import { Json, Milliseconds } from './common.ts'

export interface Tool {
  readonly name: string
  readonly version: number
  readonly title: string
  readonly about: string
  readonly params: z.ZodType
  readonly output: z.ZodType
  /** Light jobs run beside the agent's slots. */
  readonly light: boolean
}

const times = z.int().min(1).max(100_000)

/** For trials of a fleet: each does one thing that real tools do, the bad ones included. */
export const selftest = {
  echo: z.strictObject({ say: Json.default('hello') }),
  sleep: z.strictObject({ ms: Milliseconds.max(3_600_000).default(1_000) }),
  progress: z.strictObject({
    steps: times.default(10),
    everyMs: Milliseconds.max(60_000).default(100),
    logs: z.boolean().default(true),
  }),
  fail: z.strictObject({
    class: z.enum(['retriable', 'fatal']).default('fatal'),
    message: z.string().max(500).default('told to fail'),
    /** Succeeds at this attempt; 0: never. */
    untilAttempt: z.int().min(0).max(20).default(0),
  }),
  crash: z.strictObject({
    how: z.enum(['exit', 'throw', 'memory']).default('exit'),
    afterMs: Milliseconds.max(60_000).default(0),
  }),
  /** Never ends, and does not listen to being cancelled. */
  hang: z.strictObject({ busy: z.boolean().default(false) }),
  cpu: z.strictObject({
    ms: Milliseconds.max(600_000).default(1_000),
    threads: z.int().min(1).max(64).default(1),
  }),
  mem: z.strictObject({
    megabytes: z.int().min(1).max(4_096).default(64),
    ms: Milliseconds.max(60_000).default(100),
  }),
  /** Squares numbers, a batch at a time on the pool, and adds them up. */
  map: z.strictObject({
    count: z.int().min(1).max(10_000_000).default(10_000),
    batch: z.int().min(1).max(100_000).default(1_000),
  }),
}

const about: Readonly<Record<keyof typeof selftest, string>> = {
  echo: 'Answers what it is told.',
  sleep: 'Waits.',
  progress: 'Takes as many steps as it is told, and tells of each.',
  fail: 'Fails, in the way it is told.',
  crash: 'Ends its worker thread.',
  hang: 'Never ends, and does not listen.',
  cpu: 'Keeps threads busy.',
  mem: 'Holds memory for a while.',
  map: 'Spreads a computation over all threads.',
}

const endings = (max: number) =>
  z.array(z.string().regex(/^\.[a-z0-9]{1,10}$/, 'must look like .nef')).max(max)

/** Titles and descriptions are what forms and the API document say about a field. */
export const PhotostatsParams = z.strictObject({
  path: z
    .string()
    .min(1)
    .max(4_096)
    .meta({ title: 'Folder', description: 'A folder on the agent, inside of what it may look into.' }),
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
const Count = z.object({ files: z.int(), bytes: z.number() })
/** Lists in a result are cut here; the count beside each is the true one. */
export const listMax = 1_000
export const PhotostatsOutput = z.object({
  path: z.string(),
  files: z.int(),
  bytes: z.number(),
  folders: z.int(),
  byExtension: z.record(z.string(), Count),
  withoutSidecar: z.object({ count: z.int(), paths: z.array(z.string()) }),
  sidecarsWithoutImage: z.object({ count: z.int(), paths: z.array(z.string()) }),
  skipped: z.object({ count: z.int(), items: z.array(z.object({ path: z.string(), reason: z.string() })) }),
})
export type PhotostatsOutput = z.infer<typeof PhotostatsOutput>

const selftests: Tool[] = Object.entries(selftest).map(([name, params]) => ({
  name: `selftest.${name}`,
  version: 1,
  title: `Self-test: ${name}`,
  about: about[name as keyof typeof selftest],
  params,
  output: Json,
  light: false,
}))

export const tools: ReadonlyMap<string, Tool> = new Map(
  [
    ...selftests,
    {
      name: 'photostats',
      version: 1,
      title: 'Photo statistics',
      about: 'Counts files and bytes by type, and finds images without sidecar and sidecars without image.',
      params: PhotostatsParams,
      output: PhotostatsOutput,
      light: false,
    },
  ].map((tool) => [tool.name, tool]),
)

/** The folder that a job looks into, where its tool is told one. */
export function folderIn(params: unknown): string | null {
  const { path } = (params ?? {}) as { path?: unknown }
  return typeof path === 'string' ? path : null
}

/** What an agent must be able to do to run it. */
export function capabilityOf(tool: Pick<Tool, 'name' | 'version'>): string {
  return `tool:${tool.name}:${tool.version}`
}

export const ToolView = z.object({
  name: z.string(),
  version: z.int(),
  title: z.string(),
  about: z.string(),
  light: z.boolean(),
  /** JSON Schema of what it is given. */
  params: z.record(z.string(), z.unknown()),
})
export function toolView({
  name,
  version,
  title,
  about: text,
  light,
  params,
}: Tool): z.infer<typeof ToolView> {
  return { name, version, title, about: text, light, params: { ...z.toJSONSchema(params, { io: 'input' }) } }
}
