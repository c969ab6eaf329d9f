/** Whether what the nodes say fits: the naming rule its sample, the methods the names, and both the team's configuration. */
import { keyOf } from './compared.ts'
import { matcherOf, patternMatcher, type NameStart, type PatternEngine } from './naming.ts'
import type { PhotoConfig } from './photo-config.ts'
import { labelOf, type Naming, type PipelineContent, type PipelineNode } from './pipeline.ts'
import { problem, warning, type PipelineProblem } from './problem.ts'

type NodeOf<Type> = Extract<PipelineNode, { type: Type }>

export function propertyProblems(
  { nodes }: PipelineContent,
  patterns: PatternEngine,
  config?: PhotoConfig,
): PipelineProblem[] {
  const captures = nodes.filter((node) => node.type === 'capture')
  const processes = nodes.filter((node) => node.type === 'process')
  const files = nodes.filter((node) => node.type === 'file')
  const standard = captures.every((node) => node.properties.naming.rule === 'standard')
  return [
    ...captures.flatMap((node) => namingProblems(node, patterns)),
    ...processes.flatMap((node) => methodProblems(node, standard)),
    ...(config ? processes.flatMap((node) => unknownMethods(node, config)) : []),
    ...(config ? files.flatMap((node) => unknownExtension(node, config)) : []),
  ]
}

function namingProblems(node: NodeOf<'capture'>, patterns: PatternEngine): PipelineProblem[] {
  const { naming, sample } = node.properties
  const places = { nodes: [node.id] }
  if (naming.rule === 'pattern') {
    const problems = patternProblems(node, naming, patterns)
    if (problems.length > 0) return problems
  }
  const start = matcherOf(naming, patterns).match(stemOfSample(sample))
  const complaint = sampleComplaint(start, naming)
  return complaint === null
    ? []
    : [problem('sample_mismatch', `${labelOf(node)}: the sample '${sample}' ${complaint}`, places)]
}

function sampleComplaint(start: NameStart | null, { rule }: Naming): string | null {
  if (start === null)
    return rule === 'standard'
      ? 'is not named by the standard rule, as AB3D0001 is: change it, or choose a pattern of your own.'
      : 'does not begin as the pattern says, or leaves a group empty: change the one or the other.'
  if (!/^[0-9]+$/.test(start.counter))
    return `has '${start.counter}' as its counter, which is no number: is the camera the other group?`
  return restFits(start.rest)
    ? null
    : `goes on with '${start.rest}' after the counter, where only a dash can follow: let the pattern take in the whole number.`
}

/** What was done to a file follows after a dash; anything else right after the counter belongs to no rule. */
export function restFits(rest: string): boolean {
  return rest === '' || rest.startsWith('-')
}

/** A sample may be given with its ending or without. */
function stemOfSample(sample: string): string {
  return sample.replace(/\.[A-Za-z0-9]{0,9}[A-Za-z][A-Za-z0-9]{0,9}$/, '')
}

function patternProblems(
  node: NodeOf<'capture'>,
  { pattern, cameraGroup }: Extract<Naming, { rule: 'pattern' }>,
  patterns: PatternEngine,
): PipelineProblem[] {
  const places = { nodes: [node.id] }
  try {
    const compiled = patterns(pattern)
    if (compiled.groups !== 2) {
      const message = `${labelOf(node)}: the pattern has ${compiled.groups} groups: put one pair of parentheses around the camera and one around the counter, and write (?:...) for others.`
      return [problem('pattern_groups', message, places)]
    }
    // Names that could be empty would make one photo of all.
    if (patternMatcher(compiled, cameraGroup).match('') !== null)
      return [problem('bad_pattern', `${labelOf(node)}: the pattern fits an empty name.`, places)]
    return []
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `${labelOf(node)}: the pattern can't be used: ${reason}. It may have no look-around and no references back.`
    return [problem('bad_pattern', message, places)]
  }
}

function methodProblems(node: NodeOf<'process'>, standard: boolean): PipelineProblem[] {
  const { methods } = node.properties
  const places = { nodes: [node.id] }
  const keys = methods.map(keyOf)
  const twice = methods.filter((_, index) => keys.indexOf(keys[index] ?? '') !== index)
  const strange = standard ? methods.filter((method) => !/^[A-Za-z0-9 _]*$/.test(method)) : []
  return [
    ...twice.map((method) =>
      problem('duplicate_method', `${labelOf(node)} names '${method}' twice: remove one.`, places),
    ),
    ...strange.map((method) =>
      problem(
        'method_mismatch',
        `${labelOf(node)}: '${method}' can't be in a name by the standard rule, which has letters, digits, blanks and _ only.`,
        places,
      ),
    ),
  ]
}

function unknownMethods(node: NodeOf<'process'>, { methods: known }: PhotoConfig): PipelineProblem[] {
  return node.properties.methods
    .filter((method) => method !== '' && !Object.hasOwn(known, method))
    .map((method) =>
      warning(
        'unknown_method',
        `${labelOf(node)}: the team's configuration does not know the method '${method}': say there what it means.`,
        { nodes: [node.id] },
      ),
    )
}

function unknownExtension(node: NodeOf<'file'>, config: PhotoConfig): PipelineProblem[] {
  const { extension } = node.properties
  const known = [...config.photoExtensions, ...config.sidecarExtensions]
  if (known.includes(extension.toLowerCase())) return []
  const message = `${labelOf(node)}: '${extension}' is neither a photo nor a sidecar in the team's configuration: add it there, or no such file is ever seen.`
  return [warning('unknown_extension', message, { nodes: [node.id] })]
}
