/**
 * Works out which sets of files an image may consist of. Runs are never listed one by one: place after place, runs with
 * the same future become one, so it takes as long as there are different sets, however many ways lead to them.
 */
import { compiledOf } from './compiled-of.ts'
import type { CompiledPipeline } from '../compiled.ts'
import { graphOf, type Graph } from '../graph.ts'
import { limits } from '../limits.ts'
import type { PipelineContent } from '../pipeline.ts'
import type { PipelineProblem } from '../problem.ts'
import { meaningProblems, tooMuchProblem } from './meaning.ts'
import { keyOf, oneOf, type Run } from './run.ts'
import { Walk } from './walk.ts'
import { TooMuch, Work } from './work.ts'

export interface Compilation {
  /** Null where an error is among the problems. */
  readonly compiled: CompiledPipeline | null
  readonly problems: PipelineProblem[]
  /** What it has cost; `limits.work` is the most. */
  readonly work: number
}

/** The content has to have no problem that shows without following images through it. */
export function compile(content: PipelineContent): Compilation {
  const graph = graphOf(content)
  const work = new Work()
  const walk = new Walk(graph, work)
  /** By node, how many more runs there were after it. */
  const growth = graph.nodes.map(() => 0)
  try {
    const runs = finishedRuns(walk, growth)
    const problems = meaningProblems(graph, walk, runs)
    if (problems.length > 0) return { compiled: null, problems, work: work.spent }
    return compiledOrEmpty(graph, walk, runs, work)
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error
    return { compiled: null, problems: [tooMuchProblem(graph, error, growth)], work: work.spent }
  }
}

function compiledOrEmpty(graph: Graph, walk: Walk, runs: readonly Run[], work: Work): Compilation {
  const { compiled, problems } = compiledOf(graph, walk, runs)
  return { compiled: problems.length > 0 ? null : compiled, problems, work: work.spent }
}

function finishedRuns(walk: Walk, growth: number[]): Run[] {
  const waiting: (Map<string, Run> | undefined)[] = []
  const finished = new Map<string, Run>()
  let open = 0
  /** Whether it is a new one. */
  const put = (run: Run): boolean => {
    const place = run.lines[0]?.place
    const runs = place === undefined ? finished : (waiting[place] ??= new Map())
    const key = keyOf(run)
    const known = runs.get(key)
    runs.set(key, known ? oneOf(known, run) : run)
    if (known) return false
    if (place !== undefined) open += 1
    return true
  }
  put(walk.start())
  for (let place = 0; place < walk.places.count; place++) {
    const runs = waiting[place]
    waiting[place] = undefined
    const node = walk.places.nodeAt(place)
    for (const run of runs?.values() ?? []) {
      open -= 1
      const added = walk.step(run, place).filter(put).length
      growth[node] = (growth[node] ?? 0) + added - 1
      if (finished.size > limits.sets) throw new TooMuch('too_many_sets')
      if (open > limits.open) throw new TooMuch('too_complex')
    }
  }
  return [...finished.values()].toSorted((a, b) => a.steps - b.steps)
}
