import { expect } from 'chai'
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as z from 'zod'
import { PatternInvalid, PatternRefused } from '#agent/photo/pattern/errors.ts'
import { patternLengthMax } from '#agent/photo/pattern/parse.ts'
import { compilePattern } from '#agent/photo/pattern/pattern.ts'

const Found = z.tuple([z.number(), z.array(z.string().nullable())]).nullable()
const recorded = z
  .array(z.tuple([z.string(), z.number().nullable(), z.array(z.tuple([z.string(), Found]))]))
  .parse(
    JSON.parse(
      gunzipSync(readFileSync(new URL('../../fixtures/patterns.json.gz', import.meta.url))).toString(),
    ),
  )

function find(pattern: string, text: string): z.infer<typeof Found> {
  const match = compilePattern(pattern).match(text)
  return match ? [match.end, [...match.groups]] : null
}

function kindOf(pattern: string): 'good' | 'invalid' | 'refused' {
  try {
    compilePattern(pattern)
    return 'good'
  } catch (error) {
    if (error instanceof PatternInvalid) return 'invalid'
    if (error instanceof PatternRefused) return 'refused'
    throw error
  }
}

describe('a pattern', () => {
  it('is taken or not as by Python, unless it is refused', () => {
    for (const [pattern, groups] of recorded) {
      const kind = kindOf(pattern)
      if (kind !== 'refused') expect(kind, pattern).to.equal(groups === null ? 'invalid' : 'good')
    }
  })

  it('finds what Python finds, and the same groups', () => {
    let compared = 0
    for (const [pattern, groups, texts] of recorded) {
      if (kindOf(pattern) !== 'good') continue
      expect(compilePattern(pattern).groups, pattern).to.equal(groups)
      for (const [text, found] of texts) {
        expect(find(pattern, text), `${JSON.stringify(pattern)} on ${JSON.stringify(text)}`).to.deep.equal(
          found,
        )
        compared += 1
      }
    }
    expect(compared).to.be.above(2_000)
  })

  it('finds what RegExp finds where both mean the same', () => {
    const piece = fc.constantFrom('a', 'b', '1', '[ab]', '[^1]', '(a|ab)', '(?:b|1)', '(b)', '.', '^', '\\.')
    const repeat = fc.constantFrom('', '', '', '*', '+', '?', '{1,2}', '*?', '+?')
    const item = fc.tuple(piece, repeat).map(([text, often]) => (text === '^' ? text : text + often))
    const pattern = fc.array(item, { maxLength: 6 }).map((items) => items.join(''))
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', '.', '\n', '🙂'), maxLength: 10 })
    fc.assert(
      fc.property(pattern, text, (source, given) => {
        const sticky = new RegExp(source, 'uy').exec(given)
        const wanted = sticky && [sticky[0].length, sticky.slice(1).map((group) => group ?? null)]
        expect(find(source, given)).to.deep.equal(wanted)
      }),
      { numRuns: 2_000 },
    )
  })

  it('knows digits of all scripts, and a newline at the end', () => {
    expect(find('([A-Z]+)_?(\\d+)$', 'IMG_٠١')).to.deep.equal([6, ['IMG', '٠١']])
    expect(find('([A-Z]+)_?(\\d+)$', 'IMG_01\n')).to.deep.equal([6, ['IMG', '01']])
    expect(find('([A-Z]+)_?(\\d+)$', 'IMG_01\n\n')).to.equal(null)
    expect(find('(?a)(\\d+)', '٠١')).to.equal(null)
  })

  it('counts in code points', () => {
    expect(find('(.)(.{2})', '🙂é🙂x')).to.deep.equal([5, ['🙂', 'é🙂']])
    expect(find('(.)', '\udce9')).to.deep.equal([1, ['\udce9']])
  })

  it('comes to its end where others go round in circles', () => {
    const letters = 'A'.repeat(250)
    for (const pattern of [
      '^((?:[A-Z]+)+)_([0-9]+)',
      '(?:A|A)+(?:A|AA)+_',
      '(A?){150}(A{150})_',
      '(.*)(.*)(.*)(.*)_',
    ])
      expect(find(pattern, letters), pattern).to.equal(null)
    expect(find('^((?:[A-Z]+)+)_([0-9]+)', `${letters}_7`)).to.deep.equal([252, [letters, '7']])
  })

  const refused = {
    'a back reference': '(a)\\1',
    'a back reference by name': '(?P<n>a)(?P=n)',
    'a lookahead': 'a(?=b)',
    'a lookbehind': '(?<!b)a',
    'a condition': '(a)(?(1)b|c)',
    'an atomic group': '(?>a)',
    'a possessive repeat': 'a*+',
    'a repeat of what may be empty': '(a*)*',
    'a flag that changes how it is read': '(?x) a',
    'more steps than a program may have': '(?:(?:a{50}){50}){50}',
    'repeats of nothing, for ever': '(?:(?:(?:(?:){900}){900}){900}){900}',
    'more characters than a pattern may have': 'a'.repeat(patternLengthMax + 1),
  }
  for (const [what, pattern] of Object.entries(refused))
    it(`is refused for ${what}`, () => expect(kindOf(pattern)).to.equal('refused'))

  it('may be nested as deeply as it is long', () => {
    const deep = patternLengthMax / 2 - 2
    expect(find(`${'('.repeat(deep)}ab${')'.repeat(deep)}`, 'abc')?.[0]).to.equal(2)
  })
})
