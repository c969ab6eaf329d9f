import { expect } from 'chai'
import { openApi } from '#specs/openapi.ts'
import { allRoutes } from '#specs/routes.ts'

interface Operation {
  readonly operationId: string
  readonly parameters: { readonly name: string; readonly in: string; readonly required: boolean }[]
  readonly responses: Record<string, unknown>
}
const document = openApi('1.0.0') as {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, unknown> }
}

describe('the API document', () => {
  it('has an operation for every route, and no other', () => {
    const operations = Object.values(document.paths).flatMap((byMethod) => Object.values(byMethod))
    expect(operations.map(({ operationId }) => operationId).toSorted()).to.deep.equal(
      [...allRoutes.keys()].toSorted(),
    )
  })

  it('refers only to what it holds', () => {
    const text = JSON.stringify(document)
    const refs = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, ref = '']) => ref)
    const missing = refs.filter(
      (ref) => !(ref.replace('#/components/schemas/', '') in document.components.schemas),
    )
    expect(missing).to.deep.equal([])
    expect(refs).to.have.length.above(allRoutes.size)
  })

  it('names every parameter of a path', () => {
    for (const [path, byMethod] of Object.entries(document.paths)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      for (const { parameters, operationId } of Object.values(byMethod)) {
        const named = parameters.filter((parameter) => parameter.in === 'path' && parameter.required)
        expect(
          named.map(({ name }) => name),
          operationId,
        ).to.deep.equal(inPath)
      }
    }
  })

  it('says of every route that needs a caller what happens without one', () => {
    for (const [name, { path, method, who }] of allRoutes) {
      const answers = document.paths[path]?.[method]?.responses ?? {}
      if (who !== 'anyone') expect(answers, name).to.include.keys('401', '403')
    }
  })
})

describe('the table of routes', () => {
  it('has each method and path once', () => {
    const places = [...allRoutes.values()].map(({ method, path }) => `${method} ${path}`)
    expect(new Set(places).size).to.equal(places.length)
  })

  it('gives a route with a fixed word its place before one with a parameter', () => {
    const paths = [...allRoutes.values()].map(({ method, path }) => ({ method, path }))
    for (const [at, { method, path }] of paths.entries()) {
      const hiding = paths
        .slice(0, at)
        .find((before) => before.method === method && covers(before.path, path))
      expect(hiding?.path, path).to.equal(undefined)
    }
  })
})

/** A path with parameters that matches another path of the table. */
function covers(pattern: string, path: string): boolean {
  if (!pattern.includes('{')) return false
  return new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/{}]+')}$`).test(path)
}
