import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import { runExample } from '#runtime/examples/run.ts'
import { freshDatabase } from '../support/database.ts'

const dir = new URL('../../runtime/examples/', import.meta.url)
const harness = new Set(['example.ts', 'main.ts', 'run.ts'])
const files = readdirSync(dir).filter((file) => !harness.has(file))
const screenLines = 75

describe('the example', () => {
  for (const file of files) {
    it(`${file} prints what it says`, async () => {
      const database = await freshDatabase()
      const printed: string[] = []
      try {
        await runExample(file.replace('.ts', ''), database.url, (line) => printed.push(line))
      } finally {
        await database.drop()
      }
      expect(printed.join('\n')).to.equal(outputOf(read(file)))
    })
  }
})

describe('the examples', () => {
  it('fit a screen each', () => {
    const long = files.filter((file) => read(file).split('\n').length > screenLines)
    expect(long).to.deep.equal([])
  })

  it('are what the README shows', () => {
    const readme = readFileSync(new URL('../README.md', dir), 'utf8')
    const programs = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, program = '']) => program.trim())
    const known = new Set(files.map((file) => withoutOutput(read(file))))
    expect(programs.filter((program) => !known.has(program))).to.deep.equal([])
    expect(programs).to.have.length.above(1)
  })
})

function read(file: string): string {
  return readFileSync(new URL(file, dir), 'utf8')
}
function outputOf(text: string): string | undefined {
  return /\/\* Output:\n(.*)\n\*\/\n$/s.exec(text)?.[1]
}
function withoutOutput(text: string): string {
  return text.replace(/\/\* Output:.*\*\/\n$/s, '').trim()
}
