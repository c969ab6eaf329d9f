import { expect } from 'chai'
import fc from 'fast-check'
import { checkPipeline } from '#specs/pipelines/check.ts'
import { compile } from '#specs/pipelines/compile/compile.ts'
import { limits } from '#specs/pipelines/limits.ts'
import { structureProblems } from '#specs/pipelines/structure.ts'
import { bigGraph, hostile } from './hostile.ts'
import { draw } from './graphs.ts'
import { patterns } from './patterns.ts'

const seed = 20_261
/** The last step that is counted may be a big one. */
const workMax = limits.work + 1_000

describe('a pipeline that is made to keep a checker busy', () => {
  it('is refused where comparing its ways takes too long, though few sets are open at a time', () => {
    const { problems, work } = compile(
      hostile['many sets that go a long way together']?.() ?? draw('cap > =T'),
    )
    expect(problems.map(({ code }) => code)).to.deep.equal(['too_complex'])
    expect(work).to.be.within(limits.work, workMax)
  })

  for (const [name, made] of Object.entries(hostile))
    // Mutant: the limit of the work is not kept.
    it(`is answered all the same: ${name}`, () => {
      const content = made()
      const outside = structureProblems(content).filter(({ severity }) => severity === 'error')
      expect(outside, 'it gets as far as being compiled').to.deep.equal([])
      const { compiled, problems, work } = compile(content)
      expect(work).to.be.at.most(workMax)
      if (compiled === null) expect(problems[0]?.nodes.length, problems[0]?.message).to.be.greaterThan(0)
      else expect(compiled.whole.length).to.be.within(1, limits.sets)
    })

  it(`is answered as well where it is drawn at random (seed ${seed})`, () => {
    const counts = { compiled: 0, refused: 0 }
    fc.assert(
      fc.property(bigGraph, (content) => {
        const { ok, problems } = checkPipeline(content, { patterns })
        expect(ok || problems.length > 0).to.equal(true)
        if (structureProblems(content).some(({ severity }) => severity === 'error')) return
        const { compiled, work } = compile(content)
        counts[compiled ? 'compiled' : 'refused'] += 1
        expect(work).to.be.at.most(workMax)
      }),
      { seed, numRuns: 40 },
    )
    expect(counts.compiled).to.be.greaterThan(0)
    expect(counts.refused).to.be.greaterThan(0)
  })
})
