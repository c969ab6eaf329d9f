/**
 * What is checked when a pipeline is saved, layer by layer: what it is written like, what refers to what, how it is
 * connected and named, what images go through. A layer is looked at only where those before it are without error,
 * because what would follow from an error tells nobody anything.
 */
import { compile } from './compile/compile.ts'
import type { CompiledPipeline } from './compiled.ts'
import { limits } from './limits.ts'
import type { PatternEngine } from './naming.ts'
import type { PhotoConfig } from './photo-config.ts'
import type { PipelineContent } from './pipeline.ts'
import type { PipelineProblem } from './problem.ts'
import { propertyProblems } from './properties.ts'
import { readContent } from './shape.ts'
import { referenceProblems, structureProblems } from './structure.ts'

export interface Checked {
  /** Whether it may be saved. */
  readonly ok: boolean
  readonly problems: readonly PipelineProblem[]
  /** Null where it has no readable form. */
  readonly content: PipelineContent | null
  /** Null unless it is ok. */
  readonly compiled: CompiledPipeline | null
}
export interface CheckWith {
  readonly patterns: PatternEngine
  /** Without it nothing is said of methods and endings that the team does not know. */
  readonly config?: PhotoConfig
}

/** Answers within a second, whatever it is given. */
export function checkPipeline(input: unknown, { patterns, config }: CheckWith): Checked {
  const { content, problems } = readContent(input)
  if (content === null) return answer(problems, null)
  const references = referenceProblems(content)
  if (references.length > 0) return answer(references, content)
  const outside = [...structureProblems(content), ...propertyProblems(content, patterns, config)]
  if (outside.some(isError)) return answer(outside, content)
  const { compiled, problems: inside } = compile(content)
  return answer([...outside, ...inside], content, compiled)
}

function answer(
  problems: readonly PipelineProblem[],
  content: PipelineContent | null,
  compiled: CompiledPipeline | null = null,
): Checked {
  return { ok: !problems.some(isError), problems: problems.slice(0, limits.problems), content, compiled }
}

function isError({ severity }: PipelineProblem): boolean {
  return severity === 'error'
}
