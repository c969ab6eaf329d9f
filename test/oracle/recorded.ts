/** Recorded answers as they lie in a folder. What is compared is parsed; the rest is only looked at. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as z from 'zod'
import { PipelineDocument } from '#agent/photo/shuttersense/pipeline.ts'

const flag = z.boolean().default(false)
const anything = z.record(z.string(), z.unknown())

export const Manifest = z.object({
  entries: z.array(
    z.object({
      p: z.string(),
      s: z.number(),
      m: z.number(),
      k: z.enum(['symlink', 'fifo', 'dir']).optional(),
      t: z.string().optional(),
    }),
  ),
})
export type Manifest = z.infer<typeof Manifest>

export const Configuration = z.looseObject({
  tool_pipelines: z.record(z.string(), PipelineDocument).default({}),
  pipelines: z.record(z.string(), PipelineDocument.extend({ quirk: flag })).default({}),
  processing_methods: anything.default({}),
})

const ServerSays = z.object({ valid: z.boolean(), errors: z.array(z.string()) })
const Structure = z.array(z.tuple([z.string(), z.array(z.string())]))
export type ServerSays = z.infer<typeof ServerSays>

export const Expected = z.object({
  photostats: z.unknown().optional(),
  photo_pairing: z.unknown().optional(),
  pipeline_driven: z.record(z.string(), anything).default({}),
  pipeline_validation: z.record(z.string(), z.unknown()).default({}),
  graphs: z.record(z.string(), z.object({ server: ServerSays, structure_validator: Structure })).default({}),
  detail: z
    .looseObject({
      tool_pipelines: z.record(z.string(), anything).default({}),
      pipeline_validation: z.record(z.string(), z.unknown()).default({}),
    })
    .default({ tool_pipelines: {}, pipeline_validation: {} }),
})
export type Expected = z.infer<typeof Expected>

const Parts = z.object({
  camera_id: z.string().nullable(),
  counter: z.string().nullable(),
  properties: z.array(z.string()),
  extension: z.string().optional(),
})
export const FileNames = z.object({
  regexes: z.array(z.tuple([z.string(), z.union([z.literal(1), z.literal(2)])])),
  cases: z.array(
    z.object({
      name: z.string(),
      stem: z.string(),
      ext: z.string(),
      valid: z.boolean(),
      code: z.string().nullable(),
      parsed: Parts.nullable(),
      rx: z.array(Parts.nullable()),
      quirk: flag,
    }),
  ),
})

export const Graphs = z.array(
  PipelineDocument.extend({
    id: z.string(),
    quirk: flag,
    why: z.string().nullish(),
    hints: z.array(z.string()).nullish(),
    server: ServerSays,
    structure_validator: Structure,
    graph: z.looseObject({ paths: z.array(z.unknown()).optional(), error: z.string().optional() }),
    expected_XYZW0042_suffix2: z.array(z.array(z.string())).nullish(),
  }),
)

/** A file's content, compressed or not; undefined where it is not there. */
export function readRecorded(folder: string, name: string): unknown {
  const packed = join(folder, `${name}.json.gz`)
  if (existsSync(packed)) return JSON.parse(gunzipSync(readFileSync(packed)).toString()) as unknown
  const plain = join(folder, `${name}.json`)
  return existsSync(plain) ? (JSON.parse(readFileSync(plain, 'utf8')) as unknown) : undefined
}

/** A folder and all below it. */
export function foldersIn(folder: string): string[] {
  const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return [
    folder,
    ...below
      .map(({ name }) => name)
      .toSorted()
      .flatMap((name) => foldersIn(join(folder, name))),
  ]
}
