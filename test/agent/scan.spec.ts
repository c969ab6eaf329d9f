import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exitCodes } from '#agent/exit-codes.ts'
import { aloneName, AloneOutput, type AloneParams } from '#agent/scan/alone.ts'
import { Pool } from '#agent/work/pool.ts'
import { PhotoPairingOutput } from '#specs/tools/photo-pairing.ts'
import { PhotostatsOutput } from '#specs/tools/photostats.ts'
import { PipelineValidationOutput } from '#specs/tools/pipeline-validation.ts'
import { draw, idOf } from '#test/specs/pipelines/graphs.ts'
import { agentFolder, runCommand, startProgram } from './support/agent-process.ts'
import { bytes, makeFiles, makeHostile, removeTree } from './support/tree.ts'

const pipeline = draw('cap > raw.CR3 > x.xmp > develop(HDR) > t.TIF > =Archive')
const trip = {
  'AB3D0001.CR3': 10,
  'AB3D0001.xmp': 1,
  'Edited/AB3D0001-HDR.TIF': 30,
  'AB3D0002.CR3': 10,
  'AB3D0002.CR3.xmp': 1,
  'Edited/AB3D0002-BW.TIF': 20,
  'AB3D0003.CR3': 10,
  'ab3d0004.CR3': 10,
  'later/AB3D0001.CR3': 10,
  'later/AB3D0001-2.CR3': 10,
}

describe('a scan', () => {
  let folder: string
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'scan-')))
  })
  afterEach(() => removeTree(folder))

  const everything = (config: object = {}): AloneParams['tools'] => [
    { name: 'photostats', params: {} },
    { name: 'photo_pairing', params: { photos: config } },
    { name: 'pipeline_validation', params: { photos: config, pipeline } },
  ]
  async function scan(tools = everything(), threads = 2) {
    const pool = new Pool({ threads, threadMemoryMb: 256, roots: [folder] })
    try {
      const { ended } = pool.start({ tool: aloneName, params: { path: folder, tools }, attempt: 1 }, () => {})
      const end = await ended
      if (end.how !== 'returned' || !('output' in end.end)) throw new Error(JSON.stringify(end))
      const found = AloneOutput.parse(end.end.output)
      return {
        outcome: end.end.outcome,
        stats: PhotostatsOutput.optional().parse(found['photostats']),
        pairing: PhotoPairingOutput.optional().parse(found['photo_pairing']),
        validation: PipelineValidationOutput.optional().parse(found['pipeline_validation']),
      }
    } finally {
      await pool.close()
    }
  }

  it('feeds all tools in one pass', async () => {
    makeFiles(folder, trip)
    const { outcome, stats, pairing, validation } = await scan()
    expect(outcome).to.equal('completed')
    expect(stats).to.include({ files: 10, bytes: 112, folders: 3 })
    expect(stats?.withoutSidecar.paths).to.deep.equal([
      'AB3D0003.CR3',
      'ab3d0004.CR3',
      'later/AB3D0001-2.CR3',
      'later/AB3D0001.CR3',
    ])
    expect(pairing).to.deep.include({
      photos: 4,
      images: 5,
      cameras: { AB3D: { name: null, images: 5, files: 9 } },
      methods: { BW: { name: null, images: 1, files: 3 }, HDR: { name: null, images: 1, files: 3 } },
      spread: { count: 1, items: [{ camera: 'AB3D', counter: '0001', scopes: ['', 'later'] }] },
    })
    expect(pairing?.invalid.items.map(({ path, code }) => [path, code])).to.deep.equal([
      ['ab3d0004.CR3', 'CAMERA_LOWERCASE'],
    ])
    expect(validation).to.deep.include({ images: 5, ready: 1 })
    expect(validation?.whole).to.deep.equal({
      CONSISTENT: 1,
      CONSISTENT_WITH_WARNING: 0,
      PARTIAL: 4,
      INCONSISTENT: 0,
    })
    expect(validation?.nodes[idOf('cap')]).to.deep.equal({ images: 5, ready: 1 })
    const rows = validation?.faulty.items.map(({ scope, image, missing, extra }) => [
      scope,
      image,
      missing,
      extra,
    ])
    expect(rows).to.deep.equal([
      ['', 'AB3D0002', ['AB3D0002-HDR.TIF'], ['Edited/AB3D0002-BW.TIF']],
      ['', 'AB3D0003', ['AB3D0003.xmp', 'AB3D0003-HDR.TIF'], []],
      ['later', 'AB3D0001', ['AB3D0001.xmp', 'AB3D0001-HDR.TIF'], []],
      ['later', 'AB3D0001-2', ['AB3D0001-2.xmp', 'AB3D0001-HDR-2.TIF'], []],
    ])
  })

  it('takes files of all folders for one photo’s where the team says so', async () => {
    makeFiles(folder, trip)
    const { pairing, validation } = await scan(everything({ scope: 'collection' }).slice(1))
    expect(pairing).to.deep.include({ photos: 3, images: 4, spread: { count: 0, items: [] } })
    expect(validation?.whole.CONSISTENT).to.equal(1)
    expect(validation?.faulty.items.find(({ image }) => image === 'AB3D0001')).to.equal(undefined)
  })

  it('gives the same answer on any number of threads', async () => {
    const cameras = ['AB3D', 'K5XX', 'ZZ9A']
    const files = Array.from({ length: 900 }, (_, n) => {
      const [camera, counter] = [cameras[n % 3], String((n % 41) + 1).padStart(4, '0')]
      const ending = ['.CR3', '.xmp', '-HDR.TIF', '-HDR.TIF', '-2.CR3'][n % 5]
      return [`${n % 17}/${['', 'Edited/', `${n % 4}/`][n % 3]}${camera}${counter}${ending}`, n % 7] as const
    })
    makeFiles(folder, Object.fromEntries(files))
    const alone = await scan(everything(), 1)
    expect(alone.validation?.images).to.be.above(100)
    expect(alone.pairing?.spread.count).to.be.above(10)
    for (const threads of [2, 5]) expect(await scan(everything(), threads)).to.deep.equal(alone)
  })

  it('keeps names apart that look alike, and tells of those that are no text', async function () {
    if (process.platform === 'win32') return
    const twins = ['CAF\u00c9', 'CAFE\u0301']
    const [composed, apart] = twins.map((name) => `${name}/AB3D0001.CR3`) as [string, string]
    makeFiles(folder, { [composed]: 1, [apart]: 1, 'a\uFFFD/AB3D0002.CR3': 1 })
    writeFileSync(bytes(folder, '/AB3D0003-', [0xe9], '.CR3'), 'x')
    writeFileSync(bytes(folder, '/AB3D0003-\uFFFD.CR3'), 'x')
    const { stats, pairing } = await scan(everything().slice(0, 2))
    expect(stats).to.include({ files: 5, folders: 4 })
    expect(pairing?.invalid.items.map(({ path }) => path)).to.deep.equal([
      'AB3D0003-\\xe9.CR3',
      'AB3D0003-\uFFFD.CR3',
    ])
    expect(pairing?.spread.items).to.deep.equal([
      { camera: 'AB3D', counter: '0001', scopes: twins.toSorted() },
    ])
  })

  it('survives a hostile folder, and changes nothing in it', async function () {
    if (process.platform === 'win32') return
    makeHostile(folder)
    const state = () => execFileSync('find', [folder, '-printf', '%p %s %m %T@ %C@\\n']).toString('latin1')
    const before = state()
    const { outcome, stats } = await scan()
    expect([outcome, stats?.skipped.count]).to.deep.equal(['partial', 6])
    expect(state()).to.equal(before)
  })
})

describe('safelight-agent scan', () => {
  let folder: string
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'scan-')))
    makeFiles(folder, {
      'photos/AB3D0001.CR3': 1_500,
      'photos/AB3D0002.CR3': 1_500,
      'photos/AB3D0002.xmp': 1,
    })
    writeFileSync(join(folder, 'pipeline.json'), JSON.stringify(pipeline))
  })
  afterEach(() => removeTree(folder))
  const scan = (...words: string[]) => runCommand(agentFolder(), ['scan', join(folder, 'photos'), ...words])

  it('shows what it has found, without a server and without a registration', async () => {
    const { code, out, complaint } = await scan('--pipeline', join(folder, 'pipeline.json'))
    expect([code, complaint]).to.deep.equal([exitCodes.done, ''])
    for (const line of [
      '3 files, 3.0 kB, in 1 folder',
      '1 photo without sidecar',
      '2 images of 2 photos',
      '0 of 2 images are ready for something',
      'AB3D0001: partial, lacks AB3D0001.xmp, AB3D0001-HDR.TIF',
    ])
      expect(out).to.include(line)
  })

  it('prints all of it as JSON, for the tools that are named', async () => {
    const { code, out } = await runCommand(agentFolder(), [
      '--json',
      'scan',
      join(folder, 'photos'),
      '--tool',
      'photo_pairing',
    ])
    expect(code).to.equal(exitCodes.done)
    const { outcome, tools } = JSON.parse(out) as { outcome: string; tools: Record<string, unknown> }
    expect([outcome, Object.keys(tools)]).to.deep.equal(['completed', ['photo_pairing']])
    expect(PhotoPairingOutput.parse(tools['photo_pairing'])).to.include({ images: 2, files: 3 })
  })

  it('says by its code that something could not be read', async function () {
    if (process.platform === 'win32') return
    makeHostile(join(folder, 'photos'))
    const { code, out, complaint } = await scan()
    expect(code).to.equal(exitCodes.incomplete)
    expect(complaint).to.include('could not be read')
    expect(out).to.include('\\u001b[31m.jpg').and.not.include('\u001b')
  })

  const mistakes: [what: string, words: string[], says: RegExp][] = [
    [
      'a tool that there is not',
      ['--tool', 'photostat'],
      /no tool 'photostat'; there are photostats, photo_pairing/,
    ],
    ['a validation without a pipeline', ['--tool', 'pipeline_validation'], /needs --pipeline <file>/],
    ['a pipeline that is not there', ['--pipeline', 'none.json'], /none\.json can't be read/],
    ['a word that nobody knows', ['--fast'], /unknown option '--fast'/],
  ]
  for (const [what, words, says] of mistakes)
    it(`refuses ${what}, and says so`, async () => {
      const { code, complaint } = await scan(...words)
      expect(code).to.equal(exitCodes.misused)
      expect(complaint).to.match(says)
    })

  it('refuses files that say something else, and names the place', async () => {
    const file = join(folder, 'odd.json')
    writeFileSync(file, '{"nodes": [{"id": "a"}], "edges": []}')
    expect((await scan('--pipeline', file)).complaint).to.match(/odd\.json is not right:[^]*nodes\[0\]/)
    writeFileSync(file, '{"photoExtensions": ["cr3"]}')
    expect((await scan('--photos', file)).complaint).to.match(/must look like \.CR3[^]*photoExtensions\[0\]/)
    writeFileSync(file, JSON.stringify(draw('cap > raw.CR3 > =Archive', 'raw.CR3 > x.xmp')))
    const { code, complaint } = await scan('--pipeline', file)
    expect([code, complaint]).to.satisfy(
      ([ended, said]: [number, string]) =>
        ended === exitCodes.failed && /the pipeline can't be used: .+x/.test(said),
    )
  })

  it('ends when it is told to, with the code that says so', async function () {
    if (process.platform === 'win32') return
    execFileSync('sh', ['-c', 'seq -f "AB3D%06g.CR3" 1 40000 | xargs touch'], { cwd: join(folder, 'photos') })
    const program = startProgram(['--log', 'debug', 'scan', join(folder, 'photos')])
    await program.says(/looking through/)
    program.signal('SIGINT')
    expect(await program.exited).to.equal(exitCodes.interrupted)
  })

  it('says that a folder is not there', async () => {
    const { code, complaint } = await runCommand(agentFolder(), ['scan', join(folder, 'none')])
    expect(code).to.equal(exitCodes.failed)
    expect(complaint).to.include('none')
  })
})
