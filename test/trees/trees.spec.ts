import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as z from 'zod'
import { summaryOf } from './describe.ts'
import { planTree, profiles, sizings } from './plan.ts'
import { bytesOf, writeTree } from './write.ts'

/** What the original of the tree maker, in Python, says of its trees. */
const recorded = z
  .array(
    z.strictObject({
      seed: z.number(),
      files_requested: z.number(),
      profile: z.enum(profiles),
      sizes: z.enum(sizings),
      non_utf8: z.boolean(),
      count: z.number(),
      sha256_entries: z.string(),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('../fixtures/trees.json', import.meta.url), 'utf8')))

describe('the tree maker', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tree-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  for (const tree of recorded) {
    it(`plans the recorded ${tree.profile} tree of seed ${tree.seed}, to the byte`, () => {
      const given = {
        seed: tree.seed,
        files: tree.files_requested,
        profile: tree.profile,
        sizes: tree.sizes,
        nonUtf8: tree.non_utf8,
      }
      expect(summaryOf(given, planTree(given))).to.deep.equal(tree)
    })
  }

  it('makes what it has planned, hostile names and all', function () {
    if (process.platform !== 'linux') this.skip()
    const entries = planTree({ seed: 3, files: 300, profile: 'hostile', nonUtf8: true })
    writeTree(entries, folder)
    const planned = entries.map(({ p, s, m, k, t }) => {
      if (k === undefined) return [nameOf(p), s, m].join()
      return [nameOf(p), k, t].join()
    })
    expect(found(Buffer.from(folder)).toSorted()).to.deep.equal(planned.toSorted())
  })

  it('gives sparse files their size and takes no room for them', () => {
    const entries = planTree({ seed: 8, files: 40, profile: 'clean', sizes: 'sparse' })
    writeTree(entries, folder)
    const biggest = entries.reduce((most, entry) => (entry.s > most.s ? entry : most))
    const { size, blocks } = lstatSync(join(folder, biggest.p))
    expect(size).to.equal(biggest.s)
    expect(blocks * 512).to.be.below(size / 100)
  })

  it('is a program, which writes the list of what the tree holds', () => {
    const manifest = join(folder, 'list.json.gz')
    const program = new URL('main.ts', import.meta.url).pathname
    const given = ['--seed', '5', '--files', '60', '--profile', 'loops', '--sizes', 'zero']
    const said = execFileSync(process.execPath, [program, ...given, '--plan-only', '--manifest', manifest])
    const { entries, ...summary } = JSON.parse(gunzipSync(readFileSync(manifest)).toString()) as Record<
      string,
      unknown
    >
    expect(JSON.parse(said.toString())).to.deep.equal(summary)
    expect(entries).to.deep.equal(planTree({ seed: 5, files: 60, profile: 'loops', sizes: 'zero' }))
  })
})

/** As the disk has it, a letter for each byte. */
function nameOf(path: string): string {
  return bytesOf(path).toString('latin1')
}

function found(folder: Buffer, below = ''): string[] {
  return readdirSync(folder, { encoding: 'buffer', withFileTypes: true }).flatMap((entry) => {
    const path = Buffer.concat([folder, Buffer.from('/'), entry.name])
    const name = below + entry.name.toString('latin1')
    if (entry.isSymbolicLink()) return [[name, 'symlink', readlinkSync(path)].join()]
    if (entry.isFIFO()) return [[name, 'fifo', undefined].join()]
    const { size, mtimeMs } = lstatSync(path)
    if (!entry.isDirectory()) return [[name, size, mtimeMs / 1000].join()]
    const inside = found(path, `${name}/`)
    return inside.length > 0 ? inside : [[name, 'dir', undefined].join()]
  })
}
