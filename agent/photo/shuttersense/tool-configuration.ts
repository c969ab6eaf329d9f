/** What a pipeline says about files: it replaces the configuration of photostats and of photo pairing. */
import type { ShuttersenseConfiguration } from './configuration.ts'
import { ShuttersenseFailure } from './failure.ts'
import {
  methodsOf,
  outputsOf,
  propertyOf,
  textProperty,
  type Pipeline,
  type PipelineNode,
} from './pipeline.ts'
import { sortedTexts } from './text.ts'

export interface ToolConfiguration {
  readonly filename_regex: string
  readonly camera_id_group: 1 | 2
  readonly photo_extensions: readonly string[]
  readonly metadata_extensions: readonly string[]
  readonly require_sidecar: readonly string[]
  /** Labels of methods. */
  readonly processing_suffixes: Readonly<Record<string, string>>
}

/** Throws where the pipeline says too little. The tools then go by the plain configuration. */
export function toolConfigurationOf(pipeline: Pipeline): ToolConfiguration {
  const capture = pipeline.nodes.find(({ type }) => type === 'capture')
  if (!capture) throw tooLittle('no capture node')
  const filename_regex = textProperty(capture, 'filename_regex')
  if (filename_regex === '') throw tooLittle(`no filename_regex at '${capture.id}'`)
  const files = pipeline.nodes.filter(({ type }) => type === 'file')
  if (files.length === 0) throw tooLittle('no file node')
  const extensions = [...new Set(files.map(extensionOf).filter((extension) => extension !== ''))]
  return {
    filename_regex,
    camera_id_group: cameraGroupOf(propertyOf(capture, 'camera_id_group')),
    photo_extensions: sortedTexts(extensions.filter((extension) => extension !== sidecar)),
    metadata_extensions: extensions.filter((extension) => extension === sidecar),
    require_sidecar: sortedTexts(needingSidecar(pipeline)),
    processing_suffixes: Object.fromEntries(
      pipeline.nodes
        .filter(({ type }) => type === 'process')
        .flatMap((node) => methodsOf(node).map((method) => [method, textProperty(node, 'name') || node.id])),
    ),
  }
}

/** The plain configuration as far as a pipeline does not speak against it. */
export function configuredBy(
  tool: ToolConfiguration,
  configuration: ShuttersenseConfiguration,
): ShuttersenseConfiguration {
  return {
    ...configuration,
    photo_extensions: [...tool.photo_extensions],
    metadata_extensions: [...tool.metadata_extensions],
    require_sidecar: [...tool.require_sidecar],
    processing_methods: { ...tool.processing_suffixes },
  }
}

const sidecar = '.xmp'

function tooLittle(what: string): ShuttersenseFailure {
  return new ShuttersenseFailure('no_tool_configuration', `the pipeline says too little: ${what}`)
}

/** In lower case and with its dot, which may be missing in the pipeline. */
function extensionOf(node: PipelineNode): string {
  const extension = textProperty(node, 'extension').toLowerCase()
  return extension === '' || extension.startsWith('.') ? extension : `.${extension}`
}

/** 1 unless it says 2, as a number or as a text that Python takes for one. */
function cameraGroupOf(given: unknown): 1 | 2 {
  const number =
    typeof given === 'string' ? pythonInt(given) : typeof given === 'number' ? Math.trunc(given) : 1
  return number === 2 ? 2 : 1
}

function pythonInt(text: string): number {
  return /^\s*\+?[0-9]+(_[0-9]+)*\s*$/.test(text) ? Number(text.replaceAll('_', '')) : NaN
}

/** Images that have a sidecar beside them, directly below the same node, where neither is optional. */
function needingSidecar(pipeline: Pipeline): Set<string> {
  const needing = new Set<string>()
  for (const { id } of pipeline.nodes) {
    const children = outputsOf(pipeline, id)
      .map((child) => pipeline.byId.get(child))
      .filter((node) => node?.type === 'file' && propertyOf(node, 'optional') !== true)
    const extensions = children.flatMap((node) => (node ? [extensionOf(node)] : []))
    if (!extensions.includes(sidecar)) continue
    for (const extension of extensions) if (extension !== '' && extension !== sidecar) needing.add(extension)
  }
  return needing
}
