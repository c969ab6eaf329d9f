import { expect } from 'chai'
import fc from 'fast-check'
import { compile } from '#specs/pipelines/compile/compile.ts'
import type { CompiledPipeline, ExpectedSet } from '#specs/pipelines/compiled.ts'
import { CompiledPipeline as Schema } from '#specs/pipelines/compiled.ts'
import { limits } from '#specs/pipelines/limits.ts'
import type { PipelineContent } from '#specs/pipelines/pipeline.ts'
import { structureProblems } from '#specs/pipelines/structure.ts'
import { follow, type Outcome } from './follow.ts'
import { anyGraph, draw, idOf } from './graphs.ts'
import { manyWays } from './many-ways.ts'

const seed = 20_260

function compiled(content: PipelineContent): CompiledPipeline {
  const { compiled: found, problems } = compile(content)
  if (found === null) throw new Error(problems.map(({ message }) => message).join(' '))
  return found
}

/** As `.CR3 -HDR.TIF .XMP?`, in alphabetical order. */
function textOf({ names }: CompiledPipeline, { required, optional }: ExpectedSet): string {
  const text = (index: number) => `${names[index]?.marks}${names[index]?.extension}`
  return [...required.map(text), ...optional.map((index) => `${text(index)}?`)].toSorted().join(' ')
}
const textsOf = (pipeline: CompiledPipeline, sets: readonly ExpectedSet[]) =>
  sets.map((set) => textOf(pipeline, set)).toSorted()
const wholeOf = (...chains: readonly string[]) => {
  const pipeline = compiled(draw(...chains))
  return textsOf(pipeline, pipeline.whole)
}

describe('an image on its way through a pipeline', () => {
  it('has every file that it passes, with the methods used so far', () => {
    expect(wholeOf('cap > raw.CR3 > x.xmp > do(DxO) > d.DNG > fin(Web) > j.JPG > =Done')).to.deep.equal([
      '-DxO-Web.JPG -DxO.DNG .CR3 .xmp',
    ])
  })

  // Mutant: a branching leads along all of its outputs.
  it('goes one way at a branching', () => {
    expect(wholeOf('cap > raw.CR3 > ? > a.TIF > =Done', '? > b.JPG > =Done')).to.deep.equal([
      '.CR3 .JPG',
      '.CR3 .TIF',
    ])
  })

  // Mutant: every node chooses one of its outputs.
  it('goes all ways at any other node', () => {
    expect(wholeOf('cap > raw.CR3 > a.TIF > =Done', 'raw.CR3 > b.JPG > =Done')).to.deep.equal([
      '.CR3 .JPG .TIF',
    ])
  })

  it('has one of several methods, and the files named by it', () => {
    expect(wholeOf('cap > raw.CR3 > do(BW,HDR,) > t.TIF > =Done')).to.deep.equal([
      '-BW.TIF .CR3',
      '-HDR.TIF .CR3',
      '.CR3 .TIF',
    ])
  })

  // Mutant: lines at one place with one set of marks stay two, and choose twice.
  it('chooses once where two ways have become one again', () => {
    const ways = [
      'cap > raw.CR3 > x.xmp > ?',
      'raw.CR3 > d.DNG > ?',
      '? > a.TIF > =Done',
      '? > b.JPG > =Done',
    ]
    expect(wholeOf(...ways)).to.deep.equal(['.CR3 .DNG .JPG .xmp', '.CR3 .DNG .TIF .xmp'])
  })

  it('chooses for each version of it where the versions differ', () => {
    const ways = ['cap > one(A) > ?', 'cap > two(B) > ?', '? > a.TIF > =Done', '? > b.JPG > =Done']
    expect(wholeOf(...ways)).to.deep.equal([
      '-A.JPG -B.JPG',
      '-A.JPG -B.TIF',
      '-A.TIF -B.JPG',
      '-A.TIF -B.TIF',
    ])
  })

  it('may be without what is optional, unless another way requires it', () => {
    expect(wholeOf('cap > raw.CR3 > x?.xmp > =Done')).to.deep.equal(['.CR3 .xmp?'])
    expect(wholeOf('cap > raw.CR3 > x?.xmp > =Done', 'raw.CR3 > must.XMP > =Done')).to.deep.equal([
      '.CR3 .xmp',
    ])
  })

  // Mutants: an edge may be taken once more than its bound says; a run that can't go on counts all the same.
  it('goes through a loop again as often as its bound says', () => {
    expect(wholeOf('cap > raw.CR3 > ? > do(Edit) >2 ?', '? > t.TIF > =Done')).to.deep.equal([
      '-Edit-Edit.TIF .CR3',
      '-Edit.TIF .CR3',
      '.CR3 .TIF',
    ])
  })

  // Mutant: each way back of entangled loops counts for itself.
  it('has one count for loops that share nodes', () => {
    const ways = ['cap > raw.CR3 > ? > one(A) >1 ?', '? > two(B) >1 ?', '? > t.TIF > =Done']
    expect(wholeOf(...ways)).to.deep.equal(['-A.TIF .CR3', '-B.TIF .CR3', '.CR3 .TIF'])
  })
})

describe('a pairing', () => {
  it('brings two ways together, each with its own methods', () => {
    const ways = [
      'cap > raw.CR3 > do(DxO) > d.DNG > &',
      'raw.CR3 > ed(Edit) > t.TIF > &',
      '& > web(Web) > j.JPG > =Done',
    ]
    expect(wholeOf(...ways)).to.deep.equal(['-DxO-Edit-Web.JPG -DxO.DNG -Edit.TIF .CR3'])
  })

  // Mutant: the marks of both inputs are put one after the other.
  it('says once what both have in their names already', () => {
    const ways = [
      'cap > raw.CR3 > do(DxO) > d.DNG > &',
      'do(DxO) > ed(Edit) > t.TIF > &',
      '& > j.JPG > =Done',
    ]
    expect(wholeOf(...ways)).to.deep.equal(['-DxO-Edit.JPG -DxO-Edit.TIF -DxO.DNG .CR3'])
  })

  it('comes to what the README of the photo tools says it does', () => {
    const pipeline = compiled(
      draw(
        'cap > raw.CR3 > x.xmp > &',
        'raw.CR3 > develop(DxO,Topaz) > d.DNG > & > ? > =Archive',
        '? > resize(Web) > j.JPG > =Gallery',
      ),
    )
    expect(pipeline.terminations.map(({ sets }) => textsOf(pipeline, sets))).to.deep.equal([
      ['-DxO.DNG .CR3 .xmp', '-Topaz.DNG .CR3 .xmp'],
      ['-DxO-Web.JPG -DxO.DNG .CR3 .xmp', '-Topaz-Web.JPG -Topaz.DNG .CR3 .xmp'],
    ])
  })

  it('takes the one choice that both inputs come from', () => {
    const ways = ['cap > raw.CR3 > do(A,B) > d.DNG > &', 'do(A,B) > x.XMP > &', '& > =Done']
    expect(wholeOf(...ways)).to.deep.equal(['-A.DNG -A.XMP .CR3', '-B.DNG -B.XMP .CR3'])
  })

  it('can feed another one', () => {
    const ways = ['cap > a.CR3 > &1', 'cap > b.XMP > &1', '&1 > &2', 'cap > c.JPG > &2', '&2 > =Done']
    expect(wholeOf(...ways)).to.deep.equal(['.CR3 .JPG .XMP'])
  })

  // Mutant: a pairing goes on with whichever input has come.
  it('that gets only one of its inputs is told of', () => {
    const { compiled: none, problems } = compile(
      draw('cap > raw.CR3 > ? > a.TIF > & > =Done', '? > b.JPG > &'),
    )
    expect(none).to.equal(null)
    expect(problems.map(({ code, nodes }) => [code, nodes])).to.deep.equal([['pairing_starved', [idOf('&')]]])
  })
})

describe('what an image needs for one termination', () => {
  // Mutant: every termination asks for all that the image has passed.
  it('is what lies on the ways there', () => {
    const pipeline = compiled(draw('cap > raw.CR3 > t.TIF > =Archive', 'raw.CR3 > j.JPG > =Web'))
    const asked = pipeline.terminations.map(({ name, sets }) => [name, ...textsOf(pipeline, sets)])
    expect(asked).to.deep.equal([
      ['Archive', '.CR3 .TIF'],
      ['Web', '.CR3 .JPG'],
    ])
    expect(textsOf(pipeline, pipeline.whole)).to.deep.equal(['.CR3 .JPG .TIF'])
  })

  it('is one question for nodes of one name', () => {
    const content = draw('cap > raw.CR3 > ? > =Done', '? > x.XMP > =Other')
    for (const node of content.nodes) if (node.type === 'termination') node.properties.name = 'Archive'
    const pipeline = compiled(content)
    expect(pipeline.terminations.map(({ sets }) => textsOf(pipeline, sets))).to.deep.equal([
      ['.CR3', '.CR3 .XMP'],
    ])
  })

  it('is never nothing', () => {
    const { problems } = compile(draw('cap > ? > a.TIF > =Done', '? > b?.JPG > =Done'))
    expect(problems.map(({ code }) => code)).to.deep.equal(['expects_nothing'])
  })
})

describe(`a pipeline drawn at random (seed ${seed})`, () => {
  const outcomeTexts = (
    outcomes: readonly Outcome[],
    of: (outcome: Outcome) => Iterable<string> | undefined,
  ) => {
    const texts = outcomes.flatMap((outcome) => {
      const names = of(outcome)
      return names ? [textOfNames(new Set(names))] : []
    })
    return [...new Set(texts)].toSorted()
  }

  // Mutants: runs are one where their places are, whatever files are behind them; marks are forgotten at every node;
  // places are gone through backwards; a run that can't go on counts all the same.
  it('comes down to the sets that following every single run gives', () => {
    let [compared, looked] = [0, 0]
    fc.assert(
      fc.property(anyGraph(9), (content) => {
        looked += 1
        if (structureProblems(content).some(({ severity }) => severity === 'error')) return
        const outcomes = follow(content)
        const { compiled: pipeline, problems } = compile(content)
        if (outcomes === null || problems[0]?.code.startsWith('too_')) return
        if (pipeline === null) return expectReason(problems[0]?.code, outcomes)
        compared += 1
        expect(textsOf(pipeline, pipeline.whole)).to.deep.equal(
          outcomeTexts(outcomes, ({ ended }) => [...ended.values()].flatMap((names) => [...names])),
        )
        for (const { name, sets } of pipeline.terminations)
          expect(textsOf(pipeline, sets)).to.deep.equal(
            outcomeTexts(outcomes, ({ ended }) => ended.get(name)),
          )
        expect(pipeline.ways).to.equal(outcomes.length)
      }),
      { seed, numRuns: 500 },
    )
    expect(compared, `compared, of ${looked}`).to.be.greaterThan(300)
  })

  // Mutant: of two runs with one future, the lines of the one and the edges of the other are kept.
  it('shows for every set a way on which no output is left out', () => {
    fc.assert(
      fc.property(anyGraph(9), (content) => {
        if (structureProblems(content).some(({ severity }) => severity === 'error')) return
        const { compiled: pipeline } = compile(content)
        for (const { edges } of pipeline?.whole ?? []) expectWhole(content, new Set(edges))
      }),
      { seed, numRuns: 300 },
    )
  })

  it('survives being written down', () => {
    const pipeline = compiled(draw('cap > raw.CR3 > do(A,B) > ? > t.TIF > =Done', '? > =Raw'))
    expect(Schema.parse(JSON.parse(JSON.stringify(pipeline)))).to.deep.equal(pipeline)
  })
})

/** What is required is not optional. */
function textOfNames(names: ReadonlySet<string>): string {
  return [...names]
    .filter((name) => !name.endsWith('?') || !names.has(name.slice(0, -1)))
    .toSorted()
    .join(' ')
}

function expectReason(code: string | undefined, outcomes: readonly Outcome[]): void {
  if (code === 'expects_nothing') {
    const sets = outcomes.flatMap(({ ended }) => [...ended.values()])
    expect(sets.some((names) => [...names].every((name) => name.endsWith('?')))).to.equal(true)
  } else expect(code).to.be.oneOf(['never_passed', 'pairing_starved'])
}

function expectWhole({ nodes, edges }: PipelineContent, taken: ReadonlySet<number>): void {
  const reached = new Set(nodes.filter(({ type }) => type === 'capture').map(({ id }) => id))
  for (const id of reached)
    for (const [index, { from, to }] of edges.entries()) if (from === id && taken.has(index)) reached.add(to)
  for (const index of taken) expect(reached.has(edges[index]?.from ?? ''), 'hangs together').to.equal(true)
  for (const { id, type } of nodes) {
    if (!reached.has(id) || type === 'termination') continue
    const out = [...edges.keys()].filter((index) => edges[index]?.from === id)
    const gone = out.filter((index) => taken.has(index))
    if (type === 'branching') expect(gone.length).to.be.greaterThan(0)
    else expect(gone, id).to.deep.equal(out)
  }
}

describe('limits', () => {
  it('name the nodes that make it too much', () => {
    const chains = Array.from({ length: 11 }, (_, at) => [
      `?${at} > a${at}.a${at} > ?${at + 1}`,
      `?${at} > b${at}.b${at} > ?${at + 1}`,
    ])
    const { problems } = compile(draw('cap > ?0', ...chains.flat(), '?11 > x.X > =A', '?11 > =B'))
    expect(problems.map(({ code }) => code)).to.deep.equal(['too_many_sets'])
    expect(problems[0]?.nodes[0]).to.equal(idOf('?10'))
    expect(problems[0]?.message).to.contain(String(limits.sets))
  })

  it('do not count ways that leave the same files behind', () => {
    const often = compiled(manyWays())
    expect([often.ways, often.whole.length]).to.deep.equal([8_190, 378])
    const chains = Array.from({ length: 30 }, (_, at) => [
      `?${at} > a${at}() > ?${at + 1}`,
      `?${at} > b${at}() > ?${at + 1}`,
    ])
    const pipeline = compiled(draw('cap > raw.CR3 > ?0', ...chains.flat(), '?30 > =A', '?30 > =B'))
    expect(pipeline.ways).to.equal(2 ** 31)
    expect(pipeline.whole.length).to.equal(1)
  })
})
