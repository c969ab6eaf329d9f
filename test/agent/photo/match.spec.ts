import { expect } from 'chai'
import fc from 'fast-check'
import { fileNameOf } from '#agent/photo/file-name.ts'
import { Grouping } from '#agent/photo/group.ts'
import { matchRow, type MatchRow } from '#agent/photo/match-row.ts'
import { emptyTally, mergeTallies, Tallying } from '#agent/photo/match-tally.ts'
import { PipelineMatcher, type ImageMatch } from '#agent/photo/match.ts'
import { compile } from '#specs/pipelines/compile/compile.ts'
import type { CompiledPipeline, ExpectedSet } from '#specs/pipelines/compiled.ts'
import { standardMatcher } from '#specs/pipelines/naming.ts'
import { PhotoConfig } from '#specs/pipelines/photo-config.ts'
import { structureProblems } from '#specs/pipelines/structure.ts'
import { anyGraph, draw, idOf } from '#test/specs/pipelines/graphs.ts'

const seed = 20_272
const config = PhotoConfig.parse({})

function compiled(...chains: readonly string[]): CompiledPipeline {
  const { compiled: pipeline, problems } = compile(draw(...chains))
  if (pipeline === null) throw new Error(problems.map(({ message }) => message).join(' '))
  return pipeline
}

/** One row for each image among the files. */
function rowsOf(pipeline: CompiledPipeline, ...names: readonly string[]): MatchRow[] {
  const files = names.map((name) => {
    const [file = '', ...folders] = name.split('/').toReversed()
    return { folder: folders.toReversed().join('/'), name: fileNameOf(file) }
  })
  const matcher = new PipelineMatcher(pipeline)
  const { images } = new Grouping(standardMatcher, config).group('', files)
  return images.map((image) => matchRow(pipeline, image, matcher.match(image.files)))
}
function rowOf(pipeline: CompiledPipeline, ...names: readonly string[]): MatchRow | undefined {
  return rowsOf(pipeline, ...names)[0]
}
const short = (row?: Pick<MatchRow, 'status' | 'missing' | 'extra'>) => [
  row?.status,
  row?.missing,
  row?.extra,
]

const linear = compiled('cap > raw.CR3 > x.xmp > do(HDR) > t.TIF > =Archive')
const choice = compiled('cap > raw.CR3 > ? > t.TIF > =Archive', '? > j.JPG > k.DNG > =Web')
const both = compiled('cap > raw.CR3 > t.TIF > =Archive', 'raw.CR3 > j.JPG > =Web')

describe('an image beside a pipeline', () => {
  it('is consistent with all that is required, and nothing else', () => {
    const row = rowOf(linear, 'AB3D0001.CR3', 'ab3d0001.XMP', 'AB3D0001-hdr.tif')
    expect(short(row)).to.deep.equal(['CONSISTENT', [], []])
    expect(row?.ready).to.equal(true)
    expect(row?.expected).to.deep.equal(['AB3D0001.CR3', 'AB3D0001.xmp', 'AB3D0001-HDR.TIF'])
  })

  it('is warned of for files that nothing asks for', () => {
    const row = rowOf(linear, 'AB3D0001.CR3', 'AB3D0001.CR3.xmp', 'AB3D0001-HDR.TIF', 'a/AB3D0001-BW.TIF')
    expect(short(row)).to.deep.equal(['CONSISTENT_WITH_WARNING', [], ['a/AB3D0001-BW.TIF']])
    expect(row?.ready).to.equal(true)
  })

  it('is partial with some, and inconsistent with nothing of it', () => {
    expect(short(rowOf(linear, 'AB3D0001.CR3'))).to.deep.equal([
      'PARTIAL',
      ['AB3D0001.xmp', 'AB3D0001-HDR.TIF'],
      [],
    ])
    expect(rowOf(linear, 'AB3D0001-BW.JPG')?.status).to.equal('INCONSISTENT')
  })

  // Mutant: a missing optional file is missing.
  it('may be without what is optional', () => {
    const pipeline = compiled('cap > raw.CR3 > x?.xmp > =Done')
    expect(short(rowOf(pipeline, 'AB3D0001.CR3'))).to.deep.equal(['CONSISTENT', [], []])
    expect(short(rowOf(pipeline, 'AB3D0001.CR3', 'AB3D0001.xmp'))).to.deep.equal(['CONSISTENT', [], []])
  })

  // Mutant: separate images share their files.
  it('is each of the separate images, whose number comes last', () => {
    const rows = rowsOf(
      linear,
      'AB3D0001.CR3',
      'AB3D0001-2.CR3',
      'AB3D0001-2.xmp',
      'AB3D0001-HDR-2.TIF',
      'AB3D0001-3-HDR.TIF',
    )
    expect(rows.map(({ image, status, extra }) => [image, status, extra])).to.deep.equal([
      ['AB3D0001', 'PARTIAL', []],
      ['AB3D0001-2', 'CONSISTENT', []],
      ['AB3D0001-3', 'INCONSISTENT', ['AB3D0001-3-HDR.TIF']],
    ])
    expect(rows[1]?.expected).to.contain('AB3D0001-HDR-2.TIF')
  })

  it('is told of files of one name in two folders', () => {
    const row = rowOf(linear, 'AB3D0001.CR3', 'AB3D0001.xmp', 'AB3D0001-HDR.TIF', 'Edited/AB3D0001-HDR.tif')
    expect([row?.status, row?.repeated]).to.deep.equal(['CONSISTENT', ['Edited/AB3D0001-HDR.tif']])
  })
})

describe('an image beside a pipeline with several ends', () => {
  it('is ready for those whose way it has gone', () => {
    const row = rowOf(choice, 'AB3D0001.CR3', 'AB3D0001.TIF')
    expect(short(row)).to.deep.equal(['CONSISTENT', [], []])
    expect(row?.terminations.map(({ name, status, ready }) => [name, status, ready])).to.deep.equal([
      ['Archive', 'CONSISTENT', true],
      ['Web', 'PARTIAL', false],
    ])
  })

  // Mutant: whatever one termination does not ask for is too much for it.
  it('has nothing too much that it needs for another', () => {
    const row = rowOf(both, 'AB3D0001.CR3', 'AB3D0001.TIF', 'AB3D0001.JPG')
    expect(row?.status).to.equal('CONSISTENT')
    expect(row?.terminations.map(({ status }) => status)).to.deep.equal(['CONSISTENT', 'CONSISTENT'])
  })

  // Mutant: the whole is ready as soon as one termination is.
  it('is not through before it has gone all ways that it has to', () => {
    const row = rowOf(both, 'AB3D0001.CR3', 'AB3D0001.TIF')
    expect(short(row)).to.deep.equal(['PARTIAL', ['AB3D0001.JPG'], []])
    expect(row?.archivable).to.equal(true)
    expect(row?.terminations.map(({ ready }) => ready)).to.deep.equal([true, false])
  })

  // Mutant: the set with the most of the image's files is nearest, complete or not.
  it('is nearest to what it has all of', () => {
    const pipeline = compiled('cap > raw.CR3 > ? > =Archive', '? > j.JPG > k.DNG > =Archive')
    const answer = ['CONSISTENT_WITH_WARNING', [], ['AB3D0001.JPG']]
    expect(short(rowOf(pipeline, 'AB3D0001.CR3', 'AB3D0001.JPG'))).to.deep.equal(answer)
  })

  // Mutant: what is optional counts as missing while sets are compared.
  it('is nearest to what it has all of, but for what is optional', () => {
    const pipeline = compiled('cap > raw.CR3 > ? > x?.xmp > =Archive', '? > j.JPG > k.DNG > =Archive')
    const answer = ['CONSISTENT_WITH_WARNING', [], ['AB3D0001.JPG']]
    expect(short(rowOf(pipeline, 'AB3D0001.CR3', 'AB3D0001.JPG'))).to.deep.equal(answer)
  })
})

describe('what images pass in a pipeline', () => {
  it('is counted by node and edge, and those that are through by themselves', () => {
    const [tallying, tally] = [new Tallying(choice), emptyTally(choice)]
    const matcher = new PipelineMatcher(choice)
    for (const extensions of [['.cr3', '.tif'], ['.cr3', '.jpg'], ['.cr3', '.jpg', '.dng'], ['.png']])
      tallying.add(tally, matcher.match(extensions.map((extension) => ({ mark: '', extension }))))
    const { nodes, edges, whole, ready, images } = tally
    const node = (text: string) => nodes[choice.nodes.indexOf(idOf(text))]
    expect(node('cap')).to.deep.equal({ images: 3, ready: 2 })
    expect(node('t.TIF')).to.deep.equal({ images: 1, ready: 1 })
    expect(node('j.JPG')).to.deep.equal({ images: 2, ready: 1 })
    expect(edges[choice.edges.findIndex(({ id }) => id === `${idOf('?')}-${idOf('j.JPG')}`)]).to.deep.equal({
      images: 2,
      ready: 1,
    })
    expect({ images, ready, whole }).to.deep.equal({
      images: 4,
      ready: 2,
      whole: { CONSISTENT: 2, CONSISTENT_WITH_WARNING: 0, PARTIAL: 1, INCONSISTENT: 1 },
    })
  })

  // Mutant: merging forgets one of the counts.
  it('is the same counted in parts', () => {
    const matcher = new PipelineMatcher(both)
    const matches = [['.cr3'], ['.cr3', '.tif'], ['.cr3', '.tif', '.jpg'], ['.png', '.cr3', '.jpg']].map(
      (extensions) => matcher.match(extensions.map((extension) => ({ mark: '', extension }))),
    )
    const tallying = new Tallying(both)
    const [all, merged] = [emptyTally(both), emptyTally(both)]
    for (const match of matches) {
      const part = emptyTally(both)
      tallying.add(part, match)
      tallying.add(all, match)
      mergeTallies(merged, structuredClone(part))
    }
    expect(merged).to.deep.equal(all)
  })
})

describe(`any image beside any pipeline (seed ${seed})`, () => {
  const marks = fc.constantFrom('', '-a', '-b', '-a-b', '-c', '-d')
  const extensions = fc.constantFrom('.raw', '.cr3', '.tif', '.jpg', '.xmp', '.png')
  const files = fc.array(fc.record({ mark: fc.option(marks, { freq: 9 }), extension: extensions }), {
    maxLength: 8,
  })

  // Mutants: sets after the first two are not looked at; an earlier image's counts are kept.
  it('is ready for exactly what it has all files of', () => {
    let compared = 0
    fc.assert(
      fc.property(anyGraph(8), fc.array(files, { minLength: 1, maxLength: 6 }), (content, images) => {
        if (structureProblems(content).some(({ severity }) => severity === 'error')) return
        const { compiled: pipeline } = compile(content)
        if (pipeline === null) return
        compared += 1
        const matcher = new PipelineMatcher(pipeline)
        for (const image of images) {
          const has = new Set(image.map(({ mark, extension }) => `${mark}${extension}`))
          expectRight(pipeline, has, matcher.match(image))
        }
      }),
      { seed, numRuns: 400 },
    )
    expect(compared).to.be.greaterThan(200)
  })
})

function expectRight(pipeline: CompiledPipeline, has: ReadonlySet<string>, match: ImageMatch): void {
  const text = (number: number) =>
    `${pipeline.names[number]?.marks}${pipeline.names[number]?.extension}`.toLowerCase()
  const missing = ({ required }: ExpectedSet) => required.filter((number) => !has.has(text(number)))
  const matched = ({ required, optional }: ExpectedSet) =>
    [...required, ...optional].filter((number) => has.has(text(number))).length
  const parts = [{ sets: pipeline.whole, verdict: match.whole }].concat(
    pipeline.terminations.flatMap(({ sets }, at) => {
      const verdict = match.terminations[at]
      return verdict ? [{ sets, verdict }] : []
    }),
  )
  for (const { sets, verdict } of parts) {
    const chosen = sets[verdict.set] ?? { required: [], optional: [], edges: [] }
    expect(verdict.ready).to.equal(sets.some((set) => missing(set).length === 0))
    expect(verdict.missing).to.deep.equal(missing(chosen))
    const rivals = sets.filter((set) => (missing(set).length === 0) === verdict.ready)
    expect(matched(chosen)).to.equal(Math.max(...rivals.map(matched)))
    const status = { CONSISTENT: true, CONSISTENT_WITH_WARNING: true, PARTIAL: false, INCONSISTENT: false }
    expect(status[verdict.status]).to.equal(verdict.ready)
    expect(verdict.status === 'INCONSISTENT').to.equal(matched(chosen) === 0)
    expect(verdict.status === 'CONSISTENT').to.equal(verdict.ready && verdict.extra.length === 0)
  }
}
