import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool, type PoolEnd } from '#agent/work/pool.ts'
import type { ThreadSays } from '#agent/work/messages.ts'
import { listMax, PhotostatsOutput } from '#specs/tools.ts'
import { makeFiles, makeHostile, removeTree } from './support/tree.ts'

describe('photostats', () => {
  let folder: string
  let pool: Pool
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'photostats-')))
    pool = new Pool({ threads: 2, threadMemoryMb: 256, roots: [folder] })
  })
  afterEach(async () => {
    await pool.close()
    removeTree(folder)
  })

  async function endOf(params: object, told: ThreadSays[] = [], threads = pool): Promise<PoolEnd> {
    return await threads.start({ tool: 'photostats', params, attempt: 1 }, (says) => told.push(says)).ended
  }
  async function look(params: object = {}, threads = pool): Promise<PhotostatsOutput & { outcome: string }> {
    const end = await endOf({ path: folder, ...params }, [], threads)
    if (end.how !== 'returned' || !('output' in end.end)) throw new Error(JSON.stringify(end))
    return { ...PhotostatsOutput.parse(end.end.output), outcome: end.end.outcome }
  }

  it('counts files and bytes by extension, whatever its case', async () => {
    makeFiles(folder, {
      'a.CR3': 10,
      'b/c.cr3': 5,
      'b/d.JPG': 3,
      'b/read.me.txt': 2,
      'b/noext': 1,
      'b/.hidden': 1,
    })
    const found = await look()
    expect(found).to.include({ path: folder, outcome: 'completed', files: 6, bytes: 22, folders: 2 })
    expect(found.byExtension).to.deep.equal({
      '.cr3': { files: 2, bytes: 15 },
      '': { files: 2, bytes: 2 },
      '.jpg': { files: 1, bytes: 3 },
      '.txt': { files: 1, bytes: 2 },
    })
  })

  it('pairs pictures with sidecars of the same folder, in both ways to name them', async () => {
    makeFiles(folder, {
      'IMG_1.CR3': 1,
      'IMG_1.xmp': 1,
      'IMG_2.CR3': 1,
      'IMG_2.CR3.xmp': 1,
      'IMG_3.CR3': 1,
      'IMG_4.xmp': 1,
      'IMG_5.jpg': 1,
      'IMG_5.xmp': 1,
      'img_6.nef': 1,
      'IMG_6.XMP': 1,
      'IMG_7.jpg': 1,
      'elsewhere/IMG_3.xmp': 1,
    })
    const { withoutSidecar, sidecarsWithoutImage } = await look()
    expect(withoutSidecar).to.deep.equal({ count: 1, paths: ['IMG_3.CR3'] })
    expect(sidecarsWithoutImage).to.deep.equal({ count: 2, paths: ['IMG_4.xmp', 'elsewhere/IMG_3.xmp'] })
  })

  it('takes other extensions when it is told them', async () => {
    makeFiles(folder, { 'a.foo': 1, 'b.foo': 1, 'b.bar': 1 })
    const { withoutSidecar } = await look({ images: ['.foo'], sidecars: ['.bar'] })
    expect(withoutSidecar.paths).to.deep.equal(['a.foo'])
  })

  it('survives a hostile tree, and names everything that it skips with the reason', async function () {
    if (process.platform === 'win32') return
    makeHostile(folder)
    const found = await look()
    const reasons = new Map(found.skipped.items.map(({ path, reason }) => [path, reason]))
    expect(reasons.get('good/loop')).to.include('symbolic link')
    expect(reasons.get('good/way-out')).to.include('symbolic link')
    expect(reasons.get('good/broken.CR3')).to.include('symbolic link')
    expect(reasons.get('good/pipe.CR3')).to.include('FIFO')
    expect(reasons.get('good/._IMG_1.CR3')).to.include('macOS')
    expect([...reasons.values()].some((reason) => reason.includes('too long'))).to.equal(true)
    expect(found.skipped.count).to.equal(6)
    expect(found.withoutSidecar.paths).to.deep.equal(['good/alone\\xff\\xfe.CR3'])
    expect(found.sidecarsWithoutImage.count).to.equal(0)
    expect(found.byExtension['.jpg']).to.deep.equal({ files: 1, bytes: 3 })
    expect(found.outcome).to.equal('partial')
  })

  it('changes nothing in the folder that it looks through', async () => {
    makeFiles(folder, { 'a/IMG_1.CR3': 10, 'a/b/IMG_2.CR3': 5 })
    const state = () => execFileSync('find', [folder, '-printf', '%p %s %m %T@ %C@\\n']).toString()
    const before = state()
    await look()
    expect(state()).to.equal(before)
  })

  it('gives the same answer on any number of threads', async () => {
    makeFiles(
      folder,
      Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`${n % 20}/${n % 7}/IMG_${n}.CR3`, n])),
    )
    const alone = new Pool({ threads: 1, threadMemoryMb: 256, roots: [folder] })
    const many = new Pool({ threads: 4, threadMemoryMb: 256, roots: [folder] })
    try {
      expect(await look({}, many)).to.deep.equal(await look({}, alone))
    } finally {
      await Promise.all([alone.close(), many.close()])
    }
  })

  it('cuts long lists, and counts all the same', async () => {
    makeFiles(
      folder,
      Object.fromEntries(
        Array.from({ length: 2_500 }, (_, n) => [`IMG_${String(n).padStart(5, '0')}.CR3`, 0]),
      ),
    )
    const { withoutSidecar } = await look()
    expect(withoutSidecar.count).to.equal(2_500)
    expect(withoutSidecar.paths).to.have.length(listMax)
    expect(withoutSidecar.paths.at(-1)).to.equal('IMG_00999.CR3')
  })

  it('tells of its progress', async () => {
    makeFiles(folder, { 'a/1.jpg': 1, 'b/2.jpg': 1 })
    const told: ThreadSays[] = []
    await endOf({ path: folder }, told)
    const last = told.filter((says) => says.type === 'progress').at(-1)
    expect(last?.progress).to.include({ stage: 'looking', done: 2, message: '2 files in 3 folders' })
  })

  it('stops in the middle of a huge folder', async () => {
    execFileSync('sh', ['-c', 'seq -f "IMG_%06g.CR3" 1 30000 | xargs touch'], { cwd: folder })
    const job = pool.start({ tool: 'photostats', params: { path: folder }, attempt: 1 }, ({ type }) => {
      if (type === 'log') job.stop(60_000)
    })
    expect(await job.ended).to.deep.equal({ how: 'returned', end: { outcome: 'stopped' } })
  })

  it('tells of folders that it may not read, and is complete but for them', async function () {
    if (process.platform === 'win32' || process.getuid?.() !== 0) return
    const program = join(folder, 'agent')
    makeFiles(folder, { 'photos/open/a.jpg': 1, 'photos/locked/b.jpg': 1 })
    chmodSync(folder, 0o755)
    chmodSync(join(folder, 'photos/locked'), 0o700)
    mkdirSync(program)
    chownSync(program, nobody, nobody)
    const output = asNobody(join(folder, 'photos'))
    expect(output).to.deep.include({ files: 1, folders: 2 })
    expect(output.skipped.items).to.deep.equal([{ path: 'locked', reason: 'the agent may not read it' }])
  })

  describe('at the wall around its roots', () => {
    async function refusal(path: string, roots: string[]): Promise<{ class: string; message: string }> {
      const walled = new Pool({ threads: 1, threadMemoryMb: 256, roots })
      try {
        const end = await endOf({ path }, [], walled)
        if (end.how !== 'returned' || end.end.outcome !== 'failed') throw new Error(JSON.stringify(end))
        return end.end.error
      } finally {
        await walled.close()
      }
    }

    it('refuses whatever does not lead into a root', async function () {
      if (process.platform === 'win32') return
      makeFiles(folder, { 'photos/a.jpg': 1, 'photos-private/b.jpg': 1, 'secret/c.jpg': 1 })
      execFileSync('ln', ['-s', join(folder, 'secret'), join(folder, 'photos/link')])
      const root = join(folder, 'photos')
      for (const path of [
        '/etc',
        '/',
        folder,
        join(folder, 'photos-private'),
        join(folder, 'PHOTOS'),
        `${root}/../secret`,
        `${root}/link`,
        `${root}/link/../secret`,
        '/nowhere/at/all',
      ])
        expect(await refusal(path, [root]), path)
          .to.deep.include({ class: 'fatal' })
          .and.property('message')
          .includes('outside')
    })

    it('says what else is wrong with a path', async () => {
      makeFiles(folder, { 'a.jpg': 1 })
      expect((await refusal('photos', [folder])).message).to.include('no absolute path')
      expect((await refusal(`${folder}/a.jpg`, [folder])).message).to.include('is no folder')
      expect((await refusal(`${folder}/none`, [folder])).message).to.include('does not exist')
      expect((await refusal(`${folder}/a\0b`, [folder])).message).to.include('zero character')
      expect((await refusal(folder, [])).message).to.include('may look into no folder')
    })

    it('takes a root that is gone for a disk that may come back', async () => {
      const gone = join(folder, 'gone')
      expect(await refusal(join(gone, 'photos'), [gone])).to.deep.include({ class: 'retriable' })
    })

    it('lets a link through that leads into a root, and a root that is a link', async function () {
      if (process.platform === 'win32') return
      makeFiles(folder, { 'photos/2026/a.jpg': 1 })
      execFileSync('ln', ['-s', join(folder, 'photos'), join(folder, 'link')])
      const walled = new Pool({ threads: 1, threadMemoryMb: 256, roots: [join(folder, 'link')] })
      try {
        expect((await look({ path: join(folder, 'link/2026') }, walled)).files).to.equal(1)
        expect((await look({ path: join(folder, 'photos') }, walled)).path).to.equal(join(folder, 'photos'))
      } finally {
        await walled.close()
      }
    })
  })
})

const nobody = 65_534

/** Root may read everything, so a process of somebody else looks through the folder. */
function asNobody(path: string): PhotostatsOutput {
  const from = (file: string) => JSON.stringify(new URL(`../../agent/scan/${file}`, import.meta.url).href)
  const code = `
    const { passing } = await import(${from('pass.ts')})
    const { analysisOf, scanTools } = await import(${from('tools.ts')})
    const [tool, root] = [scanTools.get('photostats'), ${JSON.stringify(path)}]
    const photos = tool.photosOf(tool.params.parse({ path: root }))
    const tools = [{ name: tool.name, prepared: null }]
    const unit = passing({ id: '1', root, photos, naming: { rule: 'standard' }, tools }, analysisOf)
    const part = unit.empty(), items = ['']
    while (items.length) unit.add(part, items.pop(), (item) => items.push(item), () => {})
    console.log(JSON.stringify(tool.output(part.parts[0], { path: root, walk: part.walk, prepared: null })))`
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', code], {
    uid: nobody,
    gid: nobody,
    cwd: '/',
  })
  return PhotostatsOutput.parse(JSON.parse(out.toString()))
}
