import { expect } from 'chai'
import * as fc from 'fast-check'
import * as z from 'zod'
import { tools, toolView } from '#specs/tools.ts'
import { type Field, fieldsOf, paramsOf, problemsIn, read, started } from '#web/submit/schema-form.ts'

function fieldOf(schema: z.ZodType, required = true): Field {
  const object = z.strictObject({ it: required ? schema : schema.optional() })
  const [field] = fieldsOf(z.toJSONSchema(object, { io: 'input' }))
  if (field === undefined) throw new Error('the schema has no field')
  return field
}

describe('a form made from a schema', () => {
  it('has a field for each property, in its kind', () => {
    const schema = z.strictObject({
      path: z.string(),
      everyMs: z.int().default(100),
      logs: z.boolean().default(true),
      how: z.enum(['exit', 'throw']).default('exit'),
      endings: z.array(z.string()).default(['.nef', '.cr3']),
      say: z.json().default('hello'),
    })
    const fields = fieldsOf(z.toJSONSchema(schema, { io: 'input' }))
    expect(
      fields.map(({ name, kind, label, required, start }) => [name, kind, label, required, start]),
    ).to.deep.equal([
      ['path', 'text', 'Path', true, ''],
      ['everyMs', 'number', 'Every (ms)', false, '100'],
      ['logs', 'switch', 'Logs', false, true],
      ['how', 'choice', 'How', false, 'exit'],
      ['endings', 'list', 'Endings', false, '.nef .cr3'],
      ['say', 'json', 'Say', false, '"hello"'],
    ])
  })

  it('says what the schema says about a field', () => {
    const field = fieldOf(z.string().meta({ title: 'Folder', description: 'Where the photos are.' }))
    expect([field.label, field.help]).to.deep.equal(['Folder', 'Where the photos are.'])
  })

  for (const tool of tools.values()) {
    it(`gives ${tool.name} what it takes, as soon as what is needed is there`, () => {
      const fields = fieldsOf(toolView(tool).params)
      const needed = Object.fromEntries(
        fields
          .filter(({ required }) => required)
          .map(({ name, kind }) => [name, kind === 'json' ? '{"nodes":[],"edges":[]}' : '/photos']),
      )
      const form = { ...started(fields), ...needed }
      expect(problemsIn(fields, form)).to.deep.equal({})
      expect(tool.params.safeParse(paramsOf(fields, form)).success).to.equal(true)
    })
  }

  it('leaves out what is as the tool has it anyway', () => {
    const fields = fieldsOf(toolView([...tools.values()].find(({ name }) => name === 'photostats')!).params)
    expect(paramsOf(fields, { ...started(fields), path: '/photos' })).to.deep.equal({ path: '/photos' })
  })

  it('starts with what is known already', () => {
    const fields = fieldsOf(toolView(tools.get('selftest.fail')!).params)
    const form = started(fields, { message: 'again', untilAttempt: 2 })
    expect(paramsOf(fields, form)).to.deep.equal({ message: 'again', untilAttempt: 2 })
  })

  it('says which fields are wrong', () => {
    const fields = fieldsOf(toolView(tools.get('photostats')!).params)
    expect(Object.keys(problemsIn(fields, { ...started(fields), sidecars: 'xmp' }))).to.deep.equal([
      'path',
      'sidecars',
    ])
  })
})

describe('a field of a form', () => {
  const cases: [what: string, schema: z.ZodType, typed: string, finding: RegExp | unknown][] = [
    ['a needed text that is empty', z.string(), '  ', /needed/],
    ['a text that is too long', z.string().max(3), 'four', /3 characters/],
    ['a text of another form', z.string().regex(/^a+$/), 'b', /match/],
    ['no number', z.number(), 'ten', /must be a number/],
    ['a fraction', z.int(), '1.5', /whole number/],
    ['too small a number', z.int().min(1), '0', /least is 1/],
    ['too big a number', z.int().max(64), '65', /most is 64/],
    ['a number', z.int(), ' 12 ', 12],
    ['a list with an odd one', z.array(z.string().regex(/^\./)), '.nef xmp', /xmp/],
    ['too long a list', z.array(z.string()).max(1), 'a b', /may be 1/],
    ['a list', z.array(z.string()), '.nef, .cr3\n.raf', ['.nef', '.cr3', '.raf']],
    ['what is no JSON', z.json(), '{a}', /JSON/],
    ['JSON', z.json(), '{"a":[1]}', { a: [1] }],
    ['a choice that there is not', z.enum(['x']), 'y', /one of the list/],
  ]
  for (const [what, schema, typed, finding] of cases) {
    it(`reads ${what}`, () => {
      const found = read(fieldOf(schema), typed)
      if (finding instanceof RegExp) expect('problem' in found ? found.problem : '').to.match(finding)
      else expect(found).to.deep.equal({ value: finding })
    })
  }

  it('that is empty and not needed gives nothing', () => {
    expect(read(fieldOf(z.string(), false), '')).to.deep.equal({ absent: true })
  })

  it('never accepts a number that its schema refuses', () => {
    const schema = z.int().min(-5).max(1_000)
    const field = fieldOf(schema)
    const typed = fc.oneof(fc.integer().map(String), fc.double().map(String), fc.string())
    fc.assert(
      fc.property(typed, (text) => {
        const found = read(field, text)
        return !('value' in found) || schema.safeParse(found.value).success
      }),
    )
  })
})
