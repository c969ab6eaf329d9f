import { expect } from 'chai'
import fc from 'fast-check'
import { compilePattern } from '#agent/photo/pattern/pattern.ts'
import { Assessor } from '#agent/photo/shuttersense/assessment.ts'
import { expectationsOf } from '#agent/photo/shuttersense/expectations.ts'
import { PipelineTooLarge, ShuttersenseFailure } from '#agent/photo/shuttersense/failure.ts'
import { parseStandard } from '#agent/photo/shuttersense/file-name.ts'
import { namedFiles } from '#agent/photo/shuttersense/files.ts'
import { graphOf, type GraphPath } from '#agent/photo/shuttersense/graph.ts'
import { groupPhotos } from '#agent/photo/shuttersense/groups.ts'
import { PipelineDocument, readPipeline, type Pipeline } from '#agent/photo/shuttersense/pipeline.ts'
import { pipelineValidation, type ImageRow } from '#agent/photo/shuttersense/pipeline-validation.ts'
import { toolConfigurationOf } from '#agent/photo/shuttersense/tool-configuration.ts'
import { complaintsAbout } from '#agent/photo/shuttersense/validity.ts'

type Nodes = Readonly<Record<string, readonly [type: string, properties?: object]>>

/** `a>b>c` are two edges. */
function document(nodes: Nodes, edges: string): PipelineDocument {
  return PipelineDocument.parse({
    nodes: Object.entries(nodes).map(([id, [type, properties]]) => ({ id, type, properties })),
    edges: edges.split(' ').flatMap((chain) => {
      const ids = chain.split('>')
      return ids.slice(1).map((to, index) => ({ from: ids[index], to }))
    }),
  })
}

function pipeline(nodes: Nodes, edges: string): Pipeline {
  return readPipeline(document(nodes, edges))
}

function pathsOf(given: Pipeline, suffix = ''): GraphPath[] {
  const paths: GraphPath[] = []
  graphOf(given, { base: 'X', suffix }, (path) => paths.push(path))
  return paths
}

const cap = ['capture'] as const
const file = (extension: string) => ['file', { extension }] as const
const process = (...method_ids: string[]) => ['process', { method_ids }] as const
const branch = ['branching'] as const
const pair = ['pairing'] as const
const end = (termination_type: string) => ['termination', { termination_type }] as const

describe('the ways through a pipeline', () => {
  it('take one output of each node, and one method of each process', () => {
    const given = pipeline(
      { c: cap, raw: file('.CR3'), p: process('HDR', ''), tif: file('.TIF'), t: end('A'), u: end('B') },
      'c>raw>p>tif>t p>u',
    )
    expect(pathsOf(given, '2').map(({ nodes, expected }) => [nodes.join('>'), expected])).to.deep.equal([
      ['c>raw>p>tif>t', ['X-2.CR3', 'X-HDR-2.TIF']],
      ['c>raw>p>u', ['X-2.CR3']],
      ['c>raw>p>tif>t', ['X-2.CR3', 'X-2.TIF']],
      ['c>raw>p>u', ['X-2.CR3']],
    ])
  })

  it('are cut when they pass a node for the sixth time', () => {
    const given = pipeline({ c: cap, b: branch, p: process('E'), t: end('A') }, 'c>b>p>b>t')
    const paths = pathsOf(given)
    expect(paths.filter(({ truncated }) => !truncated)).to.have.length(5)
    const cut = paths.find(({ truncated }) => truncated)
    expect(cut).to.deep.include({ termination: 'TRUNCATED', methods: Array(5).fill('E') })
    expect(cut?.nodes.join()).to.equal('c,b,p,b,p,b,p,b,p,b,p,')
  })

  it('come twice over two edges, and not at all to where there is nothing', () => {
    const given = pipeline(
      { c: cap, f: file('.a'), leaf: file('.b'), t: end('A') },
      'c>f>t c>f c>ghost f>leaf',
    )
    expect(pathsOf(given).map(({ nodes }) => nodes.join('>'))).to.deep.equal(['c>f>t', 'c>f>t'])
  })

  it('meet at a pairing, each of one side with each of the other', () => {
    const given = pipeline(
      { c: cap, r: file('.r'), s: file('.s'), l: branch, x: file('.x'), p: pair, y: file('.y'), t: end('A') },
      'c>r>l c>s>l c>x>p l>p>y>t x>t',
    )
    expect(pathsOf(given).map(({ nodes }) => nodes.join('>'))).to.have.members([
      'c>r>l>x>p>y>t',
      'c>s>l>x>p>y>t',
      'c>x>t',
    ])
  })

  it('meet again at a second pairing', () => {
    const given = pipeline(
      { c: cap, a: file('.a'), b: file('.b'), p: pair, d: file('.d'), e: file('.e'), q: pair, t: end('A') },
      'c>a>p c>b>p p>d>q p>e>q>t',
    )
    expect(pathsOf(given).map(({ nodes }) => nodes.join('>'))).to.deep.equal(['c>a>b>p>d>e>q>t'])
  })

  it('fail at a pairing that has not two inputs', () => {
    const given = pipeline({ c: cap, a: file('.a'), p: pair, t: end('A') }, 'c>a>p>t a>p')
    expect(() => pathsOf(given)).to.throw(ShuttersenseFailure, '1 inputs')
  })

  it('ignore nodes of no type and of no name', () => {
    const odd = { nodes: [{ id: '', type: 'file' }, { type: 'file' }, { id: 'z', type: 'zoom' }], edges: [] }
    expect(readPipeline(PipelineDocument.parse(odd)).nodes).to.deep.equal([])
  })

  const chain = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`b${n}`, branch]))
  const doubled = (count: number) =>
    Array.from({ length: count - 1 }, (_, n) => `b${n}>b${n + 1} b${n}>b${n + 1}`).join(' ')
  const hostile: Record<string, [Pipeline, RegExp]> = {
    'of billions of ways': [
      pipeline({ c: cap, ...chain(40), t: end('A') }, `c>b0 ${doubled(40)} b39>t`),
      /more than 100000 ways .* take a method/,
    ],
    'of billions of dead ends': [pipeline({ c: cap, ...chain(40) }, `c>b0 ${doubled(40)}`), /1000000 steps/],
    'that never leaves its capture': [
      pipeline({ c: cap, t: end('A') }, 'c>c>t'),
      /a way of more than 1000 steps/,
    ],
    'of one way that is too long': [
      pipeline(
        { c: cap, ...chain(300) },
        `c>b0 ${Array.from({ length: 299 }, (_, n) => `b${n}>b${n + 1}>b${n}`).join(' ')}`,
      ),
      /a way of more than 1000 steps/,
    ],
    'of six nodes, with two methods in circles before a pairing': [
      pipeline(
        { c: cap, f: file('.a'), p: process('a', 'b'), b: branch, q: pair, t: end('A') },
        'c>f>p>b>p b>b>q p>p>q>t',
      ),
      /more than 100000 ways|1000000 steps/,
    ],
  }
  for (const [what, [given, message]] of Object.entries(hostile))
    it(`are too many in a pipeline ${what}`, () =>
      expect(() => pathsOf(given)).to.throw(PipelineTooLarge, message))
})

describe('what a pipeline says about files', () => {
  const nodes = {
    c: ['capture', { filename_regex: '(.)(.)', camera_id_group: ' 2 ' }],
    r: ['FILE', { extension: 'CR3' }],
    o: ['file', { extension: '.HEIC', optional: true }],
    x: ['file', { extension: '.XMP' }],
    n: ['file', { extension: '' }],
    p: ['process', { methodIds: ['HDR', ''], name: 'Merge' }],
    q: ['process', { method_ids: 'HDR', name: 'Later' }],
  } as const

  it('is read from its nodes, whatever their case and spelling', () => {
    expect(toolConfigurationOf(pipeline(nodes, 'c>r c>o c>x r>p'))).to.deep.equal({
      filename_regex: '(.)(.)',
      camera_id_group: 2,
      photo_extensions: ['.cr3', '.heic'],
      metadata_extensions: ['.xmp'],
      require_sidecar: ['.cr3'],
      processing_suffixes: { HDR: 'Later', '': 'Merge' },
    })
  })

  it('needs a sidecar only where image and sidecar have the same parent', () => {
    expect(toolConfigurationOf(pipeline(nodes, 'c>r>x')).require_sidecar).to.deep.equal([])
  })

  it('is too little without a capture, its pattern, or a file', () => {
    const { c, r } = nodes
    for (const [given, message] of [
      [{ r }, /no capture/],
      [{ c: cap, r }, /no filename_regex/],
      [{ c }, /no file/],
    ] as const)
      expect(() => toolConfigurationOf(pipeline(given, ''))).to.throw(ShuttersenseFailure, message)
  })

  it('has its camera in group 1 unless it says 2', () => {
    const groups = ['2', '02', 2, '7', '2.5', null, true, 'two'].map((camera_id_group) => {
      const c = ['capture', { filename_regex: 'x', camera_id_group }] as const
      return toolConfigurationOf(pipeline({ c, r: nodes.r }, '')).camera_id_group
    })
    expect(groups).to.deep.equal([2, 2, 2, 1, 1, 1, 1, 1])
  })
})

describe('the server’s check of a pipeline', () => {
  const good = { sample_filename: 'AB3D0001', filename_regex: '(.{4})(.{4})', camera_id_group: '1' }
  const errors = (capture: object) =>
    complaintsAbout(
      document({ c: ['capture', capture], r: file('.a'), t: end('A') }, 'c>r>t'),
      compilePattern,
    ).map(({ error }) => error)

  it('stops at the first thing that is wrong with a capture', () => {
    expect(errors(good)).to.deep.equal([])
    const wrong: [object, string][] = [
      [{}, 'no_sample'],
      [{ ...good, filename_regex: '' }, 'no_pattern'],
      [{ ...good, camera_id_group: 1 }, 'camera_group'],
      [{ ...good, filename_regex: '(' }, 'pattern_invalid'],
      [{ ...good, filename_regex: '(.)(.)(.)' }, 'pattern_groups'],
      [{ ...good, filename_regex: '(Z)(.)' }, 'sample_unmatched'],
      [{ ...good, camera_id_group: '2' }, 'counter_no_digits'],
    ]
    for (const [capture, error] of wrong) expect(errors(capture)).to.deep.equal([error])
  })

  it('names orphans, edges to nowhere and pairings without two edges', () => {
    const given = document(
      { c: ['capture', good], c2: ['capture', good], o: ['file', { optional: true }], p: pair, t: end('A') },
      'c>p>ghost',
    )
    expect(complaintsAbout(given, compilePattern)).to.deep.equal([
      { error: 'several_captures' },
      { error: 'no_required_file' },
      { error: 'orphaned', node: 'c2' },
      { error: 'orphaned', node: 'o' },
      { error: 'edge_to_nowhere', node: 'ghost' },
      { error: 'pairing_inputs', node: 'p' },
    ])
  })
})

describe('pipeline validation, as shuttersense does it', () => {
  const configuration = {
    photo_extensions: ['.cr3', '.tif'],
    metadata_extensions: ['.xmp'],
    require_sidecar: [],
    camera_mappings: {},
    processing_methods: {},
  }
  function validate(given: Pipeline, ...paths: string[]) {
    const files = namedFiles(paths.map((path) => ({ path, size: 1, mtime: 1 })))
    const rows: ImageRow[] = []
    const grouped = groupPhotos(files, configuration, parseStandard)
    const { results } = pipelineValidation(files, grouped, configuration, given, (row) => rows.push(row))
    return { results, rows }
  }
  const two = pipeline(
    {
      c: cap,
      r: file('.CR3'),
      x: file('.XMP'),
      b: branch,
      e: process('Edit'),
      f: file('.TIF'),
      t: end('A'),
      u: end('B'),
    },
    'c>r>x>b>t b>e>f>u',
  )

  it('takes the best way to each termination, and the worst termination for the image', () => {
    const { rows, results } = validate(two, 'a/AB3D0001.cr3', 'b/AB3D0001.xmp', 'AB3D0001-HDR.xmp')
    const [row] = rows
    expect(row?.terminations.map(({ termination, status }) => [termination, status])).to.deep.equal([
      ['A', 'CONSISTENT'],
      ['B', 'PARTIAL'],
    ])
    expect(row).to.deep.include({ image: 'AB3D0001', overall_status: 'PARTIAL', archival_ready: true })
    expect(row?.terminations[1]?.missing).to.deep.equal(['ab3d0001-edit.tif'])
    expect(results.overall_status).to.deep.equal({ CONSISTENT: 0, PARTIAL: 1, INCONSISTENT: 0 })
    expect(results.path_stats).to.deep.equal([{ path: ['c', 'r', 'x', 'b', 't'], image_count: 1 }])
  })

  it('warns of files that are not expected, and takes names in two folders for one', () => {
    const { rows } = validate(two, 'AB3D0001.CR3', 'b/AB3D0001.CR3', 'AB3D0001.xmp', 'AB3D0001-BW.tif')
    expect(rows[0]?.actual_files).to.have.length(4)
    expect(rows[0]?.terminations[0]).to.deep.include({
      status: 'CONSISTENT_WITH_WARNING',
      ready: true,
      completion: 100,
      extra: ['ab3d0001-bw.tif'],
    })
  })

  it('looks for the number of a separate image after the methods', () => {
    const { rows } = validate(two, 'AB3D0001-2.cr3', 'AB3D0001-2.xmp', 'AB3D0001-2-Edit.tif', 'AB3D0001.xmp')
    expect(rows[0]?.terminations[1]?.missing).to.deep.equal(['ab3d0001-edit-2.tif'])
    expect(rows[0]?.terminations[1]?.extra).to.deep.equal(['ab3d0001-2-edit.tif'])
  })

  it('finds every image inconsistent where no way ends, and nothing in nothing', () => {
    const none = pipeline({ c: cap, r: file('.CR3') }, 'c>r')
    expect(validate(none, 'AB3D0001.cr3').results).to.deep.include({
      overall_status: { CONSISTENT: 0, PARTIAL: 0, INCONSISTENT: 1 },
      by_termination: {},
      path_stats: [],
    })
    expect(validate(two).results).to.deep.include({ total_images: 0, by_termination: {}, path_stats: [] })
  })

  it('answers from distinct sets what looking at every single way answers', () => {
    const edge = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 8 }))
    const middle = [branch, file('.CR3'), file('.xmp'), file('.TIF'), process('E', ''), file('.tif')]
    const ending = fc.constantFrom('.cr3', '.xmp', '.tif', '-e.tif', '-e-e.tif', '-e.cr3', '.jpg')
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 14 }), fc.array(ending, { maxLength: 4 }), (edges, endings) => {
        const nodes = Object.fromEntries(
          [cap, ...middle, end('A'), end('B')].map((node, n) => [String(n), node]),
        )
        const given = pipeline(nodes, edges.map(([from, to]) => `${from}>${to}`).join(' '))
        let paths: GraphPath[]
        try {
          paths = pathsOf(given)
        } catch (error) {
          if (error instanceof PipelineTooLarge) return
          throw error
        }
        const { terminations, path } = new Assessor(expectationsOf(given)).assess('', endings)
        const naive = byEveryWay(paths, new Set(endings))
        expect(
          terminations.map(({ termination, status, expected }) => [termination, status, expected]),
        ).to.deep.equal(naive.map(({ termination, status, expected }) => [termination, status, expected]))
        expect(path).to.deep.equal(naive.toSorted(byLikelihood)[0]?.first)
      }),
      { numRuns: 300 },
    )
  })
})

const ranks = ['CONSISTENT', 'CONSISTENT_WITH_WARNING', 'PARTIAL', 'INCONSISTENT']

interface Naive {
  readonly termination: string
  readonly status: string
  readonly expected: readonly string[]
  readonly first: readonly (string | null)[] | undefined
}

function byLikelihood(a: Naive, b: Naive): number {
  return ranks.indexOf(a.status) - ranks.indexOf(b.status) || b.expected.length - a.expected.length
}

/** Each way by itself, best first by the words of the description. */
function byEveryWay(paths: readonly GraphPath[], actual: ReadonlySet<string>): Naive[] {
  const whole = paths.filter(({ truncated }) => !truncated)
  return [...new Set(whole.map(({ termination }) => termination))].map((termination) => {
    const own = whole.filter((path) => path.termination === termination)
    const rated = own.map((path) => {
      const lower = new Set(path.expected.map((name) => name.slice(1).toLowerCase()))
      const matched = lower.intersection(actual).size
      const complete = actual.size > lower.size ? 1 : 0
      const rank = matched === 0 ? 3 : matched < lower.size ? 2 : complete
      return { path, matched, rank, missing: lower.size - matched }
    })
    const [best] = rated.toSorted(
      (a, b) =>
        b.matched - a.matched ||
        a.path.nodes.length - b.path.nodes.length ||
        a.rank - b.rank ||
        a.missing - b.missing,
    )
    const expected = best?.path.expected ?? []
    return {
      termination,
      status: ranks[best?.rank ?? 3] ?? '',
      expected: expected.map((name) => name.slice(1)),
      first: own.find((path) => path.expected.join('\0') === expected.join('\0'))?.nodes,
    }
  })
}
