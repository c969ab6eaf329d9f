/**
 * What a pipeline comes down to: the different sets of files that an image may consist of, with names in which the
 * photo's own name is left out. Plain JSON: it is made once, kept, and given to threads.
 */
import * as z from 'zod'

const Index = z.int().nonnegative()

export const ExpectedSet = z.object({
  /** Numbers of names. An image is ready when it has all of these. */
  required: z.array(Index),
  /** It may have these. */
  optional: z.array(Index),
  /** Numbers of the edges that an image with these files has gone along; where there are several ways, the shortest. */
  edges: z.array(Index),
})
export type ExpectedSet = z.infer<typeof ExpectedSet>

export const CompiledPipeline = z.object({
  format: z.literal(1),
  /** What follows the photo's own name: '-HDR' and '.TIF'. */
  names: z.array(z.object({ marks: z.string(), extension: z.string() })),
  nodes: z.array(z.string()),
  edges: z.array(z.object({ id: z.string(), from: Index, to: Index })),
  /** What an image needs that is to be ready for one thing: what lies on the ways there. */
  terminations: z.array(z.object({ name: z.string(), sets: z.array(ExpectedSet) })),
  /** What an image needs that has gone all its ways to their ends. */
  whole: z.array(ExpectedSet),
  /** In how many ways an image can go through the pipeline; most leave the same files behind. */
  ways: z.number(),
})
export type CompiledPipeline = z.infer<typeof CompiledPipeline>

/** `base` is the photo's own name, as AB3D0001; `separate` the number of a separate image, or ''. It follows the methods. */
export function expectedName(
  { names }: CompiledPipeline,
  index: number,
  base: string,
  separate = '',
): string {
  const { marks = '', extension = '' } = names[index] ?? {}
  return `${base}${marks}${separate === '' ? '' : `-${separate}`}${extension}`
}
