/** What a pipeline says of photos, for the tools that look at files and not at ways. */
import type { CompiledPipeline } from './compiled.ts'
import type { PhotoConfig } from './photo-config.ts'
import type { PipelineContent } from './pipeline.ts'

/**
 * The team's configuration as a pipeline has it: photos are what its file nodes name, methods are called as its process
 * nodes are, and a photo needs a sidecar where every image that has the one has to have the other. What a sidecar is, what
 * cameras are called, and which folders belong together is the team's word.
 */
export function drivenBy(
  content: PipelineContent,
  compiled: CompiledPipeline,
  config: PhotoConfig,
): PhotoConfig {
  const sidecars = new Set(config.sidecarExtensions)
  const endings = content.nodes.flatMap((node) =>
    node.type === 'file' ? [node.properties.extension.toLowerCase()] : [],
  )
  const photoExtensions = [...new Set(endings)].filter((ending) => !sidecars.has(ending))
  return {
    ...config,
    photoExtensions,
    needSidecar: photoExtensions.filter((ending) => alwaysBesideSidecar(compiled, ending, sidecars)),
    methods: { ...config.methods, ...methodNames(content) },
  }
}

function methodNames({ nodes }: PipelineContent): Record<string, string> {
  const named = nodes.flatMap((node) => {
    if (node.type !== 'process' || node.properties.name === undefined) return []
    const { name, methods } = node.properties
    return methods.filter((method) => method !== '').map((method) => [method, name] as const)
  })
  return Object.fromEntries(named)
}

/** Whether each file of an ending that an image must have comes with a sidecar of the same name. */
function alwaysBesideSidecar(
  { names, whole }: CompiledPipeline,
  ending: string,
  sidecars: ReadonlySet<string>,
): boolean {
  let seen = false
  for (const { required } of whole) {
    const files = required.flatMap((index) => names[index] ?? [])
    const beside = new Set(
      files.filter(({ extension }) => sidecars.has(extension.toLowerCase())).map(({ marks }) => marks),
    )
    for (const { marks, extension } of files) {
      if (extension.toLowerCase() !== ending) continue
      if (!beside.has(marks)) return false
      seen = true
    }
  }
  return seen
}
