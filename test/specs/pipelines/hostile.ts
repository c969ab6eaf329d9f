/** Pipelines within the limits that are made to keep a checker busy. */
import fc from 'fast-check'
import { limits } from '#specs/pipelines/limits.ts'
import type { PipelineContent, PipelineEdge, PipelineNode } from '#specs/pipelines/pipeline.ts'
import { draw, nodeOf } from './graphs.ts'

function chains(
  count: number,
  chainsAt: (at: number, next: string) => readonly string[],
  last = '=T',
): string[] {
  return Array.from({ length: count }, (_, at) => chainsAt(at, at + 1 < count ? String(at + 1) : last)).flat()
}
/** `?` of the next step, or the end. */
const or = (next: string) => (next.startsWith('=') ? next : `?${next}`)
const step = (next: string) => (next.startsWith('=') ? next : `m${next}()`)

/** From every node to every later one. */
function complete(names: readonly string[]): string[] {
  return names.flatMap((from, at) => names.slice(at + 1).map((to) => `${from} > ${to}`))
}

const range = (count: number) => Array.from({ length: count }, (_, at) => at)

/** Branchings that all lead on to all of them, and one of them out. */
function tangle(count: number, through: (at: number) => string): PipelineContent {
  const back = range(count).flatMap((from) => range(count).map((to) => `?x${from} >5 ?${to}`))
  const steps = range(count).flatMap((at) => [`?${at} > ${through(at)} > ?x${at}`, `?${at} > ?x${at}`])
  return draw('cap > raw.CR3 > ?0', ...steps, ...back, '?0 > t.TIF > =T')
}

const later = (next: string) => (next.startsWith('=') ? next : `?${Number(next) + 12}`)
const twenty = range(20)
  .map((at) => `m${at}`)
  .join()

export const hostile: Readonly<Record<string, () => PipelineContent>> = {
  'choices of files in series': () =>
    draw(
      'cap > raw.CR3 > ?0',
      ...chains(24, (at, next) => [
        `?${at} > a${at}.a${at} > ${or(next)}`,
        `?${at} > b${at}.b${at} > ${or(next)}`,
      ]),
    ),
  'choices that leave no trace, in series': () =>
    draw(
      'cap > raw.CR3 > ?0',
      ...chains(30, (at, next) => [`?${at} > a${at}() > ${or(next)}`, `?${at} > b${at}() > ${or(next)}`]),
    ),
  'files that may be skipped, and are required later': () =>
    draw(
      'cap > raw.CR3 > ?0',
      ...range(24).flatMap((at) => [`?${at} > a${at}.a${at} > ?${at + 1}`, `?${at} > ?${at + 1}`]),
      '?24 > z0.a0',
      '?24 > z1.a1',
      ...range(23).map((at) => `z${at}.a${at} > z${at + 1}.a${at + 1}`),
      'z23.a23 > =T',
    ),
  'many sets that go a long way together': () =>
    draw(
      'cap > raw.CR3 > ?0',
      ...range(12).flatMap((at) => [
        `?${at} > a${at}.a${at} > ?${at + 1}`,
        `?${at} > b${at}.b${at} > ?${at + 1}`,
      ]),
      ...chains(20, (at, next) => [
        `?${at + 12} > c${at}() > ${later(next)}`,
        `?${at + 12} > d${at}() > ${later(next)}`,
        `?${at + 12} > ${later(next)}`,
      ]),
    ),
  'twenty methods sixty times': () =>
    draw(
      `cap > raw.CR3 > ${range(60)
        .map((at) => `do${at}(${twenty})`)
        .join(' > ')} > t.TIF > =T`,
    ),
  'versions that double with every step': () =>
    draw(
      'cap > raw.CR3 > m0()',
      ...chains(
        24,
        (at, next) => [
          `m${at}() > a${at}(A${at}) > ${step(next)}`,
          `m${at}() > b${at}(B${at}) > ${step(next)}`,
        ],
        '=T',
      ),
      'm23() > t.TIF > =T',
    ),
  'choices side by side': () =>
    draw('cap > raw.CR3', ...range(48).map((at) => `raw.CR3 > do${at}(a${at},b${at}) > f${at}.a${at} > =T`)),
  'every choice leads to every later one': () =>
    draw(
      'cap > raw.CR3 > ?0',
      ...complete(range(24).map((at) => `?${at}`)),
      '?22 > t.TIF > =T',
      '?23 > =T',
      '?23 > j.JPG > =T',
    ),
  'every choice after every other, with methods': () =>
    draw(
      'cap > raw.CR3 > a0(m0)',
      ...complete(range(16).map((at) => `a${at}(m${at})`)),
      'a15(m15) > t.TIF > =T',
    ),
  'every choice leads back to every other': () => tangle(15, (at) => `p${at}()`),
  'every choice leads back to every other, with methods': () => tangle(15, (at) => `p${at}(a${at},b${at})`),
  'a loop of a hundred nodes': () =>
    draw(
      `cap > raw.CR3 > ?0 > ${range(94)
        .map((at) => `p${at}(a,b)`)
        .join(' > ')} >5 ?0`,
      '?0 > t.TIF > =T',
    ),
  'pairings of choices in series': () =>
    draw(
      'cap > x0(a0,b0)',
      'cap > y0(c0)',
      ...chains(20, (at, next) => [
        `x${at}(a${at},b${at}) > &${at}`,
        `y${at}(c${at}) > &${at} > f${at}.TIF`,
        ...(next.startsWith('=')
          ? [`f${at}.TIF > ${next}`]
          : [`f${at}.TIF > x${next}(a${next},b${next})`, `f${at}.TIF > y${next}(c${next})`]),
      ]),
    ),
  'pairings of many versions': () =>
    draw(
      ...range(14).flatMap((at) => [`cap > a${at}(A${at}) > left()`, `cap > b${at}(B${at}) > right()`]),
      'left() > &1 > t.TIF > =T',
      'right() > &1',
      'left() > &2 > j.JPG > =T',
      't.TIF > &2',
    ),
  'nested pairings of one thing': () =>
    draw(
      'cap > f0.a0',
      'cap > f1.a1',
      ...range(45).map((at) => `f${at}.a${at} > &${at} > f${at + 2}.a${at + 2}`),
      ...range(45).map((at) => `f${at + 1}.a${at + 1} > &${at}`),
      'f45.a45 > =T',
      'f46.a46 > =T',
    ),
  'a hundred terminations to choose from, all at once': () =>
    draw('cap > raw.CR3', ...range(24).flatMap((at) => [`raw.CR3 > ?${at} > =A${at}`, `?${at} > =B${at}`])),
}

/** Graphs as big as may be, of choices, methods and files: those in the way of the most work. */
export const bigGraph: fc.Arbitrary<PipelineContent> = fc
  .record({
    kinds: fc.array(fc.constantFrom('?', 'do(a,b)', 'do()', 'do()', 'f.A', 'f.A', 'f.A', 'f.B'), {
      minLength: 30,
      maxLength: limits.nodes - 3,
    }),
    ends: fc.array(fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 12 })), { minLength: 2, maxLength: 60 }),
    back: fc.array(fc.tuple(fc.nat(200), fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 5 })), {
      maxLength: 4,
    }),
  })
  .map(({ kinds, ends, back }) => bigFrom(kinds, ends, back))

function bigFrom(
  kinds: readonly string[],
  ends: readonly (readonly [number, number])[],
  back: readonly (readonly [number, number, number])[],
): PipelineContent {
  const edges = new Map<string, PipelineEdge>()
  const connect = (from: number, to: number, repeat?: number) => {
    const id = `n${from}-n${to}`
    if (edges.has(id) || edges.size >= limits.edges) return
    edges.set(id, { id, from: `n${from}`, to: `n${to}`, ...(repeat === undefined ? {} : { repeat }) })
  }
  const last = kinds.length + 2
  for (let at = 0; at < last; at++) connect(at, at + 1)
  for (const [from, by] of ends)
    connect(2 + (from % kinds.length), Math.min(last, 2 + (from % kinds.length) + by))
  const backs = back.map(([from, by, repeat]) => [2 + (from % kinds.length), by, repeat] as const)
  for (const [from, by, repeat] of backs) connect(from, Math.max(2, from - by), repeat)
  const choosing = new Set(backs.map(([from]) => from))
  const nodes = ['cap', 'f.RAW', ...kinds, '=T'].map((text, at): PipelineNode => {
    const outputs = [...edges.values()].filter(({ from }) => from === `n${at}`).length
    const chosen = outputs > 1 && (choosing.has(at) || text === '?') ? '?' : text === '?' ? 'do(d,)' : text
    return { ...nodeOf(chosen), id: `n${at}` }
  })
  return { nodes, edges: [...edges.values()] }
}
