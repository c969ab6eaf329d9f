import { expect } from 'chai'
import { compile } from '#specs/pipelines/compile/compile.ts'
import { expectedName } from '#specs/pipelines/compiled.ts'
import { drivenBy } from '#specs/pipelines/driven.ts'
import { PhotoConfig } from '#specs/pipelines/photo-config.ts'
import type { PipelineContent } from '#specs/pipelines/pipeline.ts'
import { draw } from './graphs.ts'

const team = PhotoConfig.parse({
  sidecarExtensions: ['.xmp', '.dop'],
  methods: { HDR: 'High dynamic range' },
})

function driven(content: PipelineContent): PhotoConfig {
  const { compiled, problems } = compile(content)
  if (compiled === null) throw new Error(problems.map(({ message }) => message).join(' '))
  return drivenBy(content, compiled, team)
}

describe('what a pipeline says of photos', () => {
  it('is which files are photos; what a sidecar is stays what the team says', () => {
    const { photoExtensions, sidecarExtensions } = driven(
      draw('cap > raw.CR3 > x.XMP > t.TIF > d.dop > =Done'),
    )
    expect(photoExtensions).to.deep.equal(['.cr3', '.tif'])
    expect(sidecarExtensions).to.deep.equal(['.xmp', '.dop'])
  })

  // Mutants: some photo with a sidecar is enough; a sidecar of other marks will do; an optional one will do.
  it('is which photos need a sidecar: those that never are without', () => {
    const need = (...chains: readonly string[]) => driven(draw(...chains)).needSidecar
    expect(need('cap > raw.CR3 > x.XMP > =Done')).to.deep.equal(['.cr3'])
    expect(need('cap > raw.CR3 > & > =Done', 'cap > x.XMP > &')).to.deep.equal(['.cr3'])
    expect(need('cap > raw.CR3 > do(HDR) > x.XMP > =Done')).to.deep.equal([])
    expect(need('cap > raw.CR3 > x?.XMP > =Done')).to.deep.equal([])
    expect(need('cap > raw.CR3 > ? > x.XMP > =Done', '? > =Done')).to.deep.equal([])
  })

  it('is what methods are called, where its nodes have names', () => {
    const content = draw('cap > raw.CR3 > do(BW,) > t.TIF > =Done')
    for (const node of content.nodes) if (node.type === 'process') node.properties.name = 'Black and white'
    expect(driven(content).methods).to.deep.equal({ HDR: 'High dynamic range', BW: 'Black and white' })
  })
})

describe('a name that a pipeline expects', () => {
  it("is the photo's own, the methods, the number of a separate image, the ending", () => {
    const { compiled } = compile(draw('cap > raw.CR3 > do(HDR) > t.TIF > =Done'))
    const names = [0, 1].map((at) => compiled && expectedName(compiled, at, 'AB3D0001', '2'))
    expect(names).to.deep.equal(['AB3D0001-2.CR3', 'AB3D0001-HDR-2.TIF'])
  })
})
