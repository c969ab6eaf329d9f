/** What files a pipeline expects of an image: its ways, brought down to the few sets of names that they differ in. */
import { textProperty, type Pipeline } from './pipeline.ts'
import { sortedTexts } from './text.ts'
import { eachWay, stepsTo, type Step } from './ways.ts'

/** A name is camera and counter, the methods, the number of a separate image, and the extension. */
export interface ExpectedFile {
  readonly methods: string
  readonly extension: string
}

/** All ways to one termination that expect the same files. */
export interface Expectation {
  readonly files: readonly ExpectedFile[]
  /** Steps of its shortest way, and which one of all ways that is. */
  readonly steps: number
  readonly order: number
  /** The nodes of its first way. */
  readonly path: readonly string[]
}

/** By type of termination, in the order in which ways first come there. */
export type Expectations = ReadonlyMap<string, readonly Expectation[]>

export function expectationsOf(pipeline: Pipeline): Expectations {
  const terminations = new Map<string, Map<string, Expectation>>()
  let order = 0
  eachWay(pipeline, ({ last, termination }) => {
    if (termination === null) return
    const files = filesOn(last)
    const key = JSON.stringify(files)
    const known = terminations.get(termination) ?? new Map<string, Expectation>()
    terminations.set(termination, known)
    const before = known.get(key)
    if (before === undefined)
      known.set(key, { files, steps: last.count, order, path: stepsTo(last).map(({ node }) => node.id) })
    else if (last.count < before.steps) known.set(key, { ...before, steps: last.count, order })
    order += 1
  })
  return new Map(Array.from(terminations, ([type, known]) => [type, [...known.values()]]))
}

/** Each once, in a fixed order. Methods pile up along the way; files without extension are not expected. */
export function filesOn(last: Step): ExpectedFile[] {
  const files = new Map<string, ExpectedFile>()
  let methods = ''
  for (const { node, method } of stepsTo(last)) {
    if (node.type === 'process' && method !== '') methods += `-${method}`
    if (node.type !== 'file') continue
    const extension = textProperty(node, 'extension')
    if (extension !== '') files.set(`${methods}\0${extension}`, { methods, extension })
  }
  const keys = files.size < 2 ? [...files.keys()] : sortedTexts(files.keys())
  return keys.flatMap((key) => files.get(key) ?? [])
}

/** What follows camera and counter in the names, each once. */
export function endingsOf(files: readonly ExpectedFile[], suffix: string): string[] {
  const number = suffix === '' ? '' : `-${suffix}`
  return sortedTexts(new Set(files.map(({ methods, extension }) => methods + number + extension)))
}
