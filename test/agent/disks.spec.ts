import { once } from 'node:events'
import { mkdirSync, statfsSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Disks } from '#agent/disks.ts'
import { runFolder } from '../support/run.ts'

describe('the room where the photos are', () => {
  const folder = runFolder('disks')
  const [first, second] = [join(folder, 'first'), join(folder, 'second')]
  before(() => {
    for (const path of [first, second]) mkdirSync(path, { recursive: true })
  })

  it('is told once for each file system, by the first folder on it', async () => {
    const disks = new Disks([join(folder, 'missing'), first, second])
    await disks.look()
    const [disk] = disks.latest
    expect(disks.latest.map(({ path }) => path)).to.deep.equal([first])
    const { bsize, blocks } = statfsSync(first)
    expect(disk?.totalBytes).to.equal(bsize * blocks)
    expect(disk?.freeBytes).to.be.within(1, bsize * blocks)
  })

  it('is asked nobody for where there is no folder', async () => {
    const disks = new Disks([])
    await disks.look()
    expect(disks.latest).to.deep.equal([])
  })

  it('is told of those that answer, when another never does', async () => {
    const teller = join(folder, 'hangs.mjs')
    const told = { path: first, device: 1, freeBytes: 5, totalBytes: 10 }
    const line = JSON.stringify(`${JSON.stringify(told)}\n`)
    writeFileSync(
      teller,
      `import { writeFileSync } from 'node:fs'
       setInterval(() => {}, 1e6)
       process.stdout.write(${line}, () => writeFileSync(${JSON.stringify(join(folder, 'has-told'))}, ''))`,
    )
    const late = new AbortController()
    const watcher = watch(folder)
    const disks = new Disks([second, first], teller)
    const looked = disks.look(late.signal)
    await once(watcher, 'change', { signal: AbortSignal.timeout(60_000) })
    watcher.close()
    late.abort()
    await looked
    expect(disks.latest).to.deep.equal([{ path: first, freeBytes: 5, totalBytes: 10 }])
  })
})
