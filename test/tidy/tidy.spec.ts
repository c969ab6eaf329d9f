import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectDir } from '../support/run.ts'
import { forbiddenImports, readFolderTable, type FolderTable } from './folders.ts'
import * as rules from './rules.ts'
import { listFiles, parseSource, readSource, type Source } from './source.ts'

const sourceEndings = ['.ts', '.mjs']
const textEndings = [...sourceEndings, '.sql', '.html', '.css', '.scss']

describe('the code', () => {
  let sources: Source[]
  let texts: { readonly path: string; readonly text: string }[]
  let table: FolderTable
  before(() => {
    sources = listFiles(projectDir, sourceEndings).map((path) => readSource(projectDir, path))
    texts = listFiles(projectDir, textEndings).map((path) => ({ path, text: read(path) }))
    table = readFolderTable(read('ARCHITECTURE.md'))
  })

  function read(path: string): string {
    return readFileSync(join(projectDir, path), 'utf8')
  }

  const perSource: [promise: string, rule: rules.Rule][] = [
    ['has no function that is too long to follow', rules.longFunctions],
    ['has no any', rules.explicitAny],
    ['has no comment that puts work off', rules.unfinishedComments],
    ['reads the environment only where a process starts', rules.environmentReads],
    ['leaves no spec out', rules.selectedSpecs],
    ['has no spec that sleeps', rules.sleepingSpecs],
    ['has no spec that says what should be', rules.vagueTitles],
  ]
  for (const [promise, rule] of perSource) {
    it(promise, () => expectNone(sources.flatMap(rule)))
  }

  it('has no file that is too long to read', () => {
    expectNone(texts.flatMap(({ path, text }) => rules.longFile(path, text)))
  })

  it('has no query that puts work off', () => {
    const queries = texts.filter(({ path }) => path.endsWith('.sql'))
    expectNone(queries.flatMap(({ path, text }) => rules.unfinishedSql(path, text)))
  })

  it('has no two specs of the same title', () => expectNone(rules.repeatedTitles(sources)))

  it('imports only what the table in ARCHITECTURE.md allows', () => {
    expectNone(sources.flatMap((source) => forbiddenImports(source, table)))
  })
})

describe('a rule for the code', () => {
  const long = (lines: number) => 'function f() {\n' + 'f()\n'.repeat(lines - 2) + '}'
  const cases: [rule: string, path: string, text: string, find: rules.Rule, finding: string][] = [
    ['long functions', 'db/a.ts', long(61), rules.longFunctions, 'db/a.ts:1: a function of 61 lines'],
    ['long specs', 'test/a.spec.ts', `it('a', ${long(61)})`, rules.longFunctions, 'a function of 61 lines'],
    ['any', 'db/a.ts', 'let a: unknown\nlet b: Map<string, any>', rules.explicitAny, 'db/a.ts:2: any'],
    ['work put off', 'db/a.ts', `// ${'TO' + 'DO'} later`, rules.unfinishedComments, 'db/a.ts:1: finish it'],
    [
      'the environment',
      'db/a.ts',
      'f(process.env.HOME)',
      rules.environmentReads,
      'db/a.ts:1: only a process',
    ],
    [
      'specs that run alone',
      'test/a.spec.ts',
      `it.only('a', f)`,
      rules.selectedSpecs,
      'it.only leaves specs out',
    ],
    [
      'suites left out',
      'test/a.spec.ts',
      `xdescribe('a', f)`,
      rules.selectedSpecs,
      'xdescribe leaves specs out',
    ],
    ['timers in specs', 'test/a.spec.ts', 'setTimeout(f, 9)', rules.sleepingSpecs, 'wait for an event'],
    [
      'imported timers',
      'test/a.spec.ts',
      `import 'node:timers/promises'`,
      rules.sleepingSpecs,
      'wait for an event',
    ],
    ['vague titles', 'test/a.spec.ts', `it('should be', f)`, rules.vagueTitles, 'say what is'],
  ]
  for (const [rule, path, text, find, finding] of cases) {
    it(`finds ${rule}`, () => {
      const findings = find(parseSource(path, text))
      expect(findings).to.have.length(1)
      expect(findings[0]).to.include(finding)
    })
  }

  it('lets a function be as long as the limit, and a suite longer', () => {
    const suite = `() => {${'\n'.repeat(61)} it('b', f) }`
    expect(rules.longFunctions(parseSource('db/a.ts', long(60)))).to.deep.equal([])
    expect(rules.longFunctions(parseSource('test/a.spec.ts', `describe('a', ${suite})`))).to.deep.equal([])
  })

  it('lets the main file of a process read the environment', () => {
    expect(rules.environmentReads(parseSource('server/main.ts', 'f(process.env)'))).to.deep.equal([])
  })

  it('finds long files', () => {
    expect(rules.longFile('db/a.ts', 'a\n'.repeat(400))).to.deep.equal([])
    expect(rules.longFile('db/a.ts', 'a\n'.repeat(401))).to.deep.equal(['db/a.ts: 401 lines, at most 400'])
  })

  it('finds titles that two specs share, but not in different suites', () => {
    const one = parseSource(
      'test/a.spec.ts',
      `describe('a', () => { it('is', f) }); describe('b', () => { it('is', f) })`,
    )
    const two = parseSource('test/b.spec.ts', `describe('b', () => {\n it('is', f) })`)
    expect(rules.repeatedTitles([one])).to.deep.equal([])
    expect(rules.repeatedTitles([one, two])).to.deep.equal(['test/a.spec.ts:1 and test/b.spec.ts:2: "b is"'])
  })
})

describe('the table of folders', () => {
  const table = readFolderTable(
    [
      '| folder | holds | may import |',
      '|---|---|---|',
      '| `specs` | contracts | zod only |',
      '| `db` | `db/runtime` and more | – |',
      '| `runtime` | the runtime | `db`, `db/runtime` |',
      '| `actors` | kinds | `runtime`, `db/product` |',
      '| `test` | specs | all |',
    ].join('\n'),
  )

  const cases: [from: string, specifier: string, complaint: string | undefined][] = [
    ['runtime/a.ts', '#db/connect.ts', undefined],
    ['runtime/a.ts', '../db/runtime/mail.ts', undefined],
    ['runtime/a.ts', '#db/product/job.ts', '`runtime` may not import `db/product`'],
    ['runtime/a.ts', './b.ts', undefined],
    ['runtime/a.ts', 'pg', undefined],
    ['runtime/a.ts', '#actors/a.ts', '`runtime` may not import `actors`'],
    ['db/runtime/a.ts', '../statement.ts', undefined],
    ['db/a.ts', '#runtime/a.ts', '`db` may not import `runtime`'],
    ['specs/a.ts', 'zod', undefined],
    ['specs/a.ts', 'pg', '`specs` may use zod only, not pg'],
    ['runtime/a.spec.ts', '#actors/a.ts', undefined],
    ['test/a.ts', '#actors/a.ts', undefined],
    ['runtime/a.ts', '#nowhere/a.ts', 'the table has no folder for nowhere/a.ts'],
  ]
  for (const [from, specifier, complaint] of cases) {
    it(`${complaint === undefined ? 'allows' : 'forbids'} ${from} to import ${specifier}`, () => {
      const findings = forbiddenImports(parseSource(from, `\nimport '${specifier}'`), table)
      expect(findings).to.deep.equal(complaint === undefined ? [] : [`${from}:2: ${complaint}`])
    })
  }

  it('covers imports of every form', () => {
    const text = `export * from '#actors/a.ts'\nexport { b } from '#actors/b.ts'\nimport type { c } from '#actors/c.ts'\nawait import('#actors/d.ts')`
    expect(forbiddenImports(parseSource('db/a.ts', text), table)).to.have.length(4)
  })

  it('has a row for every folder with code', () => {
    const findings = forbiddenImports(parseSource('extra/a.ts', ''), table)
    expect(findings).to.deep.equal(['extra/a.ts: the table has no row for its folder'])
  })
})

function expectNone(findings: readonly string[]): void {
  if (findings.length > 0) throw new Error(`\n${findings.join('\n')}`)
}
