/** What the reference's tools are configured with, as its server writes it down. */
import * as z from 'zod'

export const ShuttersenseConfiguration = z.object({
  photo_extensions: z.array(z.string()).default([]),
  metadata_extensions: z.array(z.string()).default([]),
  require_sidecar: z.array(z.string()).default([]),
  /** By camera id: a camera, or lists around it. */
  camera_mappings: z.record(z.string(), z.unknown()).default({}),
  /** Labels by keyword. */
  processing_methods: z.record(z.string(), z.unknown()).default({}),
})
export type ShuttersenseConfiguration = z.infer<typeof ShuttersenseConfiguration>

/** Extensions without a dot stay in, and never match anything. */
export function extensionSet(extensions: readonly string[]): ReadonlySet<string> {
  return new Set(extensions.map((extension) => extension.toLowerCase()))
}

export interface Camera {
  readonly name?: string
  readonly serial_number?: string
}

/** The first camera of lists of lists. What is empty is left out. */
export function cameraOf(mappings: ShuttersenseConfiguration['camera_mappings'], id: string): Camera {
  let mapping = Object.hasOwn(mappings, id) ? mappings[id] : undefined
  while (Array.isArray(mapping)) mapping = mapping[0] as unknown
  const { data } = Mapping.safeParse(mapping)
  return {
    ...(data?.name ? { name: data.name } : {}),
    ...(data?.serial_number ? { serial_number: data.serial_number } : {}),
  }
}

const Mapping = z.object({ name: z.string().nullish(), serial_number: z.string().nullish() })

export function methodLabel(
  methods: ShuttersenseConfiguration['processing_methods'],
  keyword: string,
): string {
  const label = Object.hasOwn(methods, keyword) ? methods[keyword] : undefined
  return typeof label === 'string' && label !== '' ? label : keyword
}
