/** Pipelines for specs, written as lines of text, and drawn at random. */
import fc from 'fast-check'
import { PipelineContent, type PipelineEdge, type PipelineNode } from '#specs/pipelines/pipeline.ts'

/** `raw.CR3`, `maybe?.xmp`, `do(HDR,BW)`, `?` is a branching, `&` a pairing, `=Done` a termination; `?1` and `?2` are two. */
export function nodeOf(text: string): PipelineNode {
  const id = idOf(text)
  if (text === 'cap')
    return { id, type: 'capture', properties: { naming: { rule: 'standard' }, sample: 'AB3D0001' } }
  if (text.startsWith('?')) return { id, type: 'branching', properties: {} }
  if (text.startsWith('&')) return { id, type: 'pairing', properties: {} }
  if (text.startsWith('=')) return { id, type: 'termination', properties: { name: text.slice(1) } }
  const methods = /\((.*)\)/.exec(text)?.[1]
  if (methods !== undefined) return { id, type: 'process', properties: { methods: methods.split(',') } }
  const [, optional, extension = ''] = /(\??)(\.[A-Za-z0-9]+)$/.exec(text) ?? []
  return { id, type: 'file', properties: { extension, optional: optional === '?' } }
}

const words: Readonly<Record<string, string>> = { '?': 'or', '&': 'and', '=': 'end' }

/** `raw_CR3`, `or1`, `endDone`. */
export function idOf(text: string): string {
  const word = words[text.slice(0, 1)]
  return (word === undefined ? text : word + text.slice(1))
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/_$/, '')
    .slice(0, 30)
}

/** `draw('cap > raw.CR3 > =Done')`: chains of nodes; `>5` leads back, at most five times. */
export function draw(...chains: readonly string[]): PipelineContent {
  const nodes: Record<string, PipelineNode> = {}
  const edges = new Map<string, PipelineEdge>()
  for (const chain of chains) {
    const [first = '', ...rest] = chain.split(/ (>[0-9]?) /)
    let from = added(nodes, first)
    for (let at = 0; at < rest.length; at += 2) {
      const to = added(nodes, rest[at + 1] ?? '')
      const repeat = Number((rest[at] ?? '').slice(1))
      const id = `${from}-${to}`
      edges.set(id, { id, from, to, ...(repeat > 0 ? { repeat } : {}) })
      from = to
    }
  }
  return PipelineContent.parse({ nodes: Object.values(nodes), edges: [...edges.values()] })
}

function added(nodes: Record<string, PipelineNode>, text: string): string {
  const node = nodeOf(text.trim())
  nodes[node.id] ??= node
  return node.id
}

/** Which nodes are drawn at random, and how often. */
const kinds = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('file' as const),
      ending: fc.nat(3),
      optional: fc.nat(5).map((n) => n === 0),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('process' as const),
      methods: fc.uniqueArray(fc.constantFrom('', 'A', 'B', 'C'), { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: 'branching' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'pairing' as const }) },
)
type Kind = typeof kinds extends fc.Arbitrary<infer Value> ? Value : never

/**
 * Any graph of so many nodes between a capture and two terminations: most edges lead forward, some back, with a bound.
 * Many of them have problems.
 */
export function anyGraph(nodesMax: number): fc.Arbitrary<PipelineContent> {
  return fc
    .record({
      inner: fc.array(kinds, { minLength: 1, maxLength: nodesMax }),
      // Where each node leads: that many nodes on, and sometimes a second and third way.
      steps: fc.array(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }), {
        minLength: nodesMax + 2,
        maxLength: nodesMax + 2,
      }),
      back: fc.array(
        fc.record({
          from: fc.nat(nodesMax),
          by: fc.integer({ min: 0, max: 3 }),
          repeat: fc.integer({ min: 1, max: 3 }),
        }),
        { maxLength: 2 },
      ),
    })
    .map(({ inner, steps, back }) => graphFrom(inner, steps, back))
}

function graphFrom(
  inner: readonly Kind[],
  steps: readonly (readonly number[])[],
  back: readonly { from: number; by: number; repeat: number }[],
): PipelineContent {
  const nodes = [nodeOf('cap'), nodeOf('raw.RAW'), ...inner.map(innerNode), nodeOf('=S'), nodeOf('=T')]
  const last = inner.length + 1
  const ways = steps.map((some, from) => some.map((step) => Math.min(from + step, nodes.length - 1)))
  const edges = new Map<string, PipelineEdge>()
  const connect = (from: number, to: number, repeat?: number) => {
    const [a, b] = [nodes[from]?.id ?? '', nodes[to]?.id ?? '']
    const id = `${a}-${b}`
    if (!edges.has(id)) edges.set(id, { id, from: a, to: b, ...(repeat === undefined ? {} : { repeat }) })
  }
  connect(0, 1)
  for (let from = 1; from <= last; from++) for (const to of ways[from] ?? []) connect(from, to)
  for (let to = 1; to < nodes.length; to++)
    if (![...edges.values()].some((edge) => edge.to === nodes[to]?.id)) connect(Math.min(to - 1, last), to)
  for (const { from, by, repeat } of back) {
    const start = 2 + (from % inner.length)
    connect(start, Math.max(2, start - by), repeat)
  }
  return { nodes: nodes.map((node) => mended(node, [...edges.values()])), edges: [...edges.values()] }
}

/** What can't be a branching or a pairing is something simpler, and who leads back mostly chooses, so that most graphs can be used. */
function mended(node: PipelineNode, edges: readonly PipelineEdge[]): PipelineNode {
  const outputs = edges.filter(({ from }) => from === node.id)
  const inputs = edges.filter(({ to }) => to === node.id)
  if (node.type !== 'file' && outputs.length > 1 && outputs.some(({ repeat }) => repeat !== undefined))
    return { id: node.id, type: 'branching', properties: {} }
  const choiceless = node.type === 'branching' && outputs.length < 2
  const alone =
    node.type === 'pairing' && (inputs.length !== 2 || inputs.some(({ repeat }) => repeat !== undefined))
  return choiceless || alone ? { id: node.id, type: 'process', properties: { methods: ['', 'D'] } } : node
}

const endings = ['.CR3', '.TIF', '.JPG', '.XMP']

function innerNode(kind: Kind, index: number): PipelineNode {
  const id = `n${index}`
  switch (kind.kind) {
    case 'file':
      return {
        id,
        type: 'file',
        properties: { extension: endings[kind.ending] ?? '', optional: kind.optional },
      }
    case 'process':
      return { id, type: 'process', properties: { methods: kind.methods } }
    case 'branching':
    case 'pairing':
      return { id, type: kind.kind, properties: {} }
  }
}
