import { expect } from 'chai'
import { checkPipeline, type Checked } from '#specs/pipelines/check.ts'
import { limits } from '#specs/pipelines/limits.ts'
import { PhotoConfig } from '#specs/pipelines/photo-config.ts'
import { meaningOf, type Naming, type PipelineContent } from '#specs/pipelines/pipeline.ts'
import { draw, idOf } from './graphs.ts'
import { patterns } from './patterns.ts'

const check = (input: unknown): Checked => checkPipeline(input, { patterns })
const codesOf = (input: unknown) => check(input).problems.map(({ code }) => code)
const linear = () => draw('cap > raw.CR3 > do(HDR) > t.TIF > =Done')

function withNaming(naming: Naming, sample: string): PipelineContent {
  const content = linear()
  for (const node of content.nodes) if (node.type === 'capture') node.properties = { naming, sample }
  return content
}
const pattern = (text: string, cameraGroup: 1 | 2 = 1): Naming => ({
  rule: 'pattern',
  pattern: text,
  cameraGroup,
})

describe('a pipeline that is saved', () => {
  it('is compiled when nothing is wrong with it', () => {
    const { ok, problems, compiled } = check(linear())
    expect({ ok, problems }).to.deep.equal({ ok: true, problems: [] })
    expect(compiled?.whole.length).to.equal(1)
  })

  // Mutant: layers are checked although one before them has failed.
  it('is told of the first layer of errors only', () => {
    const { nodes } = linear()
    expect(codesOf({ nodes, edges: [{ id: 'lost', from: 'cap', to: 'nowhere' }] })).to.deep.equal([
      'unknown_node',
    ])
  })

  it('is one whatever its boxes look like on a screen', () => {
    const moved = linear()
    for (const [at, node] of moved.nodes.entries()) node.position = { x: at, y: 0 }
    expect(meaningOf(moved)).to.equal(meaningOf(linear()))
    expect(meaningOf(draw('cap > raw.CR2 > =Done'))).not.to.equal(meaningOf(draw('cap > raw.CR3 > =Done')))
  })
})

describe('how a pipeline is written', () => {
  it('is told of node by node', () => {
    const nodes = [
      { id: 'cap', type: 'capture', properties: { sample: '' } },
      { id: 'raw', type: 'file', properties: { extension: 'CR3' } },
      { id: 'do', type: 'process', properties: { methods: ['7'] } },
    ]
    const { problems, content } = check({ nodes, edges: [{ id: 'e', from: 'cap', to: 'raw', repeat: 9 }] })
    expect(content).to.equal(null)
    expect(problems.map(({ code, nodes: of, edges }) => [code, ...of, ...edges])).to.deep.equal([
      ['bad_property', 'cap'],
      ['bad_property', 'raw'],
      ['bad_property', 'do'],
      ['bad_edge', 'e'],
    ])
    expect(problems[1]?.message).to.equal('Node raw, extension: must look like .CR3.')
  })

  it('may be anything', () => {
    for (const input of [null, 7, [], {}, { nodes: {}, edges: [] }, { nodes: [null], edges: [7] }])
      expect(check(input).ok, JSON.stringify(input)).to.equal(false)
  })

  it('is not looked at where there is too much of it', () => {
    const nodes = Array.from({ length: 100_000 }, () => ({ broken: true }))
    expect(codesOf({ nodes, edges: [] })).to.deep.equal(['bad_shape'])
  })

  // Mutant: of two nodes with one id the second is taken.
  it('gives every node and edge an id of its own', () => {
    const content = linear()
    const [first] = content.edges
    const twice = {
      nodes: [...content.nodes, ...content.nodes.slice(1, 2)],
      edges: [...content.edges, first],
    }
    expect(codesOf(twice)).to.deep.equal(['duplicate_node', 'duplicate_edge'])
  })
})

describe('how a pipeline is connected', () => {
  const cases: readonly [what: string, content: PipelineContent, code: string, ...nodes: string[]][] = [
    ['without a capture', draw('raw.CR3 > =Done'), 'no_capture'],
    ['with two captures', twoCaptures(), 'several_captures', 'cap', 'cap2'],
    ['without an end', draw('cap > raw.CR3'), 'no_termination'],
    ['without a file that is required', draw('cap > raw?.CR3 > =Done'), 'no_file'],
    [
      'with a way into the capture',
      draw('cap > raw.CR3 > ? > =Done', '? >1 cap'),
      'input_not_allowed',
      'cap',
    ],
    [
      'with a way out of an end',
      draw('cap > raw.CR3 > =Done > x.XMP > =Other'),
      'output_not_allowed',
      idOf('=Done'),
    ],
    [
      'with what no image comes to',
      draw('cap > raw.CR3 > =Done', 'x.XMP > =Done'),
      'unreachable',
      idOf('x.XMP'),
    ],
    ['with a dead end', draw('cap > raw.CR3 > =Done', 'raw.CR3 > x.XMP'), 'dead_end', idOf('x.XMP')],
    ['with a branching of one way', draw('cap > raw.CR3 > ? > =Done'), 'no_choice', idOf('?')],
    ['with a pairing of one input', draw('cap > raw.CR3 > & > =Done'), 'pairing_inputs', idOf('&')],
    [
      'with a pairing of three',
      draw('cap > a.A > & > =Done', 'cap > b.B > &', 'cap > c.C > &'),
      'pairing_inputs',
      idOf('&'),
    ],
    [
      'with a loop that has no bound',
      draw('cap > raw.CR3 > ? > do(Edit) > ?', '? > =Done'),
      'loop_without_bound',
      idOf('?'),
      idOf('do(Edit)'),
    ],
    [
      'with a loop that has no way out',
      draw('cap > raw.CR3 > =Done', 'raw.CR3 > a(A) > b(B) >2 a(A)'),
      'loop_without_exit',
      idOf('a(A)'),
      idOf('b(B)'),
    ],
    [
      'with a pairing in a loop',
      draw('cap > raw.CR3 > & > ? >2 &', '? > =Done'),
      'pairing_in_loop',
      idOf('&'),
    ],
    ['with a bound on a way that leads forward', draw('cap > raw.CR3 >2 =Done'), 'bound_without_loop'],
  ]
  for (const [what, content, code, ...nodes] of cases)
    it(`is told of: ${what}`, () => {
      const found = check(content).problems.find((problem) => problem.code === code)
      expect(found?.nodes, JSON.stringify(check(content).problems)).to.deep.equal(nodes)
      expect(found?.message).to.match(/\.$/)
    })

  it('is one edge from node to node', () => {
    const content = linear()
    const [first] = content.edges
    const { problems } = check({ ...content, edges: [...content.edges, { ...first, id: 'again' }] })
    expect(problems.map(({ code, edges }) => [code, ...edges])).to.deep.equal([
      ['duplicate_edge', first?.id, 'again'],
    ])
  })

  // Mutant: a node whose other output is a dead end is told of as well.
  it('is told of where the dead end is, and not of all that leads there', () => {
    const { problems } = check(draw('cap > raw.CR3 > =Done', 'raw.CR3 > a.A > b.B > c.C'))
    expect(problems.map(({ code, nodes }) => [code, ...nodes])).to.deep.equal([['dead_end', idOf('c.C')]])
  })

  // Mutant: what only a run that dies has passed counts as passed.
  it('is told of a way that no image can go to its end', () => {
    const stuck = draw('cap > raw.CR3 > ? > =Done', '? > a.A > b.B >1 a.A', 'b.B > =Done')
    expect(codesOf(stuck)).to.deep.equal(['never_passed'])
  })

  it('can be warned of and saved all the same', () => {
    const { ok, problems } = check(draw('cap > raw.CR3 >2 =Done'))
    expect([ok, ...problems.map(({ severity }) => severity)]).to.deep.equal([true, 'warning'])
  })
})

function twoCaptures(): PipelineContent {
  const content = draw('cap > raw.CR3 > =Done')
  const [capture] = content.nodes
  if (capture) content.nodes.push({ ...capture, id: 'cap2' })
  content.edges.push({ id: 'other', from: 'cap2', to: idOf('raw.CR3') })
  return content
}

describe('the naming rule of a pipeline', () => {
  const cases: readonly [naming: Naming, sample: string, code: string | null][] = [
    [{ rule: 'standard' }, 'AB3D0001', null],
    [{ rule: 'standard' }, 'AB3D0001-HDR.CR3', null],
    [{ rule: 'standard' }, 'AB3D0000', 'sample_mismatch'],
    [{ rule: 'standard' }, 'AB3D00012', 'sample_mismatch'],
    [{ rule: 'standard' }, 'IMG_0001', 'sample_mismatch'],
    [pattern('(IMG|DSC)_?([0-9]{4})'), 'IMG_0001.JPG', null],
    [pattern('([0-9]{4})_([A-Z]+)', 2), '0001_SONY', null],
    // Mutant: the counter may be any text.
    [pattern('([0-9]{4})_([A-Z]+)', 1), '0001_SONY', 'sample_mismatch'],
    // Mutant: whatever follows the counter is let through.
    [pattern('(IMG)_([0-9]{4})'), 'IMG_00012', 'sample_mismatch'],
    [pattern('(IMG)_([0-9]{4})'), 'DSC_0001', 'sample_mismatch'],
    [pattern('(IMG)?_?([0-9]{4})'), '0001', 'sample_mismatch'],
    [pattern('(IMG)_[0-9]{4}'), 'IMG_0001', 'pattern_groups'],
    [pattern('(IMG)(_)([0-9]{4})'), 'IMG_0001', 'pattern_groups'],
    [pattern('(IMG_([0-9]{4})'), 'IMG_0001', 'bad_pattern'],
    [pattern('([A-Z]{1,600})([0-9]{600})'), 'A1', 'bad_pattern'],
  ]
  for (const [naming, sample, code] of cases)
    it(`${'pattern' in naming ? naming.pattern.slice(0, 30) : 'by default'} for ${sample}: ${code ?? 'fits'}`, () => {
      const { problems } = check(withNaming(naming, sample))
      expect(problems.map((problem) => [problem.code, ...problem.nodes])).to.deep.equal(
        code === null ? [] : [[code, 'cap']],
      )
    })

  it('decides what methods may be called', () => {
    const odd = draw('cap > raw.CR3 > do(HDR+) > =Done')
    expect(codesOf(odd)).to.deep.equal(['method_mismatch'])
    for (const node of odd.nodes)
      if (node.type === 'capture') node.properties = { naming: pattern('(IMG)_([0-9]+)'), sample: 'IMG_1' }
    expect(codesOf(odd)).to.deep.equal([])
    expect(codesOf(draw('cap > raw.CR3 > do(hdr,HDR) > =Done'))).to.deep.equal(['duplicate_method'])
  })
})

describe("a pipeline beside its team's configuration", () => {
  it('is warned of methods and endings that the team does not know', () => {
    const config = PhotoConfig.parse({ methods: { HDR: 'High dynamic range' } })
    const content = draw('cap > raw.CR3 > do(HDR,BW) > t.QQQ > =Done')
    const { ok, problems } = checkPipeline(content, { patterns, config })
    expect(ok).to.equal(true)
    expect(problems.map(({ code, nodes }) => [code, ...nodes])).to.deep.equal([
      ['unknown_method', idOf('do(HDR,BW)')],
      ['unknown_extension', idOf('t.QQQ')],
    ])
  })

  it('has a configuration that makes sense in itself', () => {
    const parsed = PhotoConfig.parse({ photoExtensions: ['.CR3', '.cr3', '.JPG'] })
    expect(parsed.photoExtensions).to.deep.equal(['.cr3', '.jpg'])
    expect(PhotoConfig.safeParse({ photoExtensions: ['tif'] }).success).to.equal(false)
    expect(PhotoConfig.safeParse({ photoExtensions: ['.jpg'], needSidecar: ['.cr3'] }).success).to.equal(
      false,
    )
    expect(PhotoConfig.safeParse({ sidecarExtensions: ['.xmp', '.jpg'] }).success).to.equal(false)
    expect(limits.sets).to.equal(2_000)
  })
})
