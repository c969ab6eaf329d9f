import { expect } from 'chai'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { buildWeb } from '#server/web-build/build.ts'
import { fingerprint } from '#server/web-build/sources.ts'
import { projectDir, runFolder } from '../../support/run.ts'

const silent = { say: () => {} }
const initialMaxBytes = 600_000

describe('what the dashboard is built from', () => {
  function project(name: string): string {
    const root = runFolder(name)
    for (const folder of ['web', 'specs']) mkdirSync(join(root, folder), { recursive: true })
    for (const file of ['angular.json', 'package-lock.json', 'web/main.ts', 'specs/jobs.ts'])
      writeFileSync(join(root, file), file)
    return root
  }

  it('has another fingerprint after each change, and the same without one', async () => {
    const root = project('web-print')
    const first = await fingerprint(root)
    expect(await fingerprint(root)).to.equal(first)
    writeFileSync(join(root, 'specs/jobs.ts'), 'changed')
    const second = await fingerprint(root)
    writeFileSync(join(root, 'web/new.ts'), '')
    const third = await fingerprint(root)
    expect(new Set([first, second, third]).size).to.equal(3)
  })

  it('does not count its specs', async () => {
    const root = project('web-print-specs')
    const first = await fingerprint(root)
    writeFileSync(join(root, 'web/main.spec.ts'), 'a spec')
    expect(await fingerprint(root)).to.equal(first)
  })

  it('may be absent: then what is there is served', async () => {
    const root = runFolder('web-package')
    expect(await buildWeb({ root, ...silent })).to.deep.equal({
      folder: join(root, 'dist/web'),
      isNew: false,
    })
  })
})

describe('building the dashboard', function () {
  this.timeout(120_000)

  it('happens once, is compressed, and keeps within its limit', async () => {
    const { folder } = await buildWeb({ root: projectDir, ...silent })
    expect((await buildWeb({ root: projectDir, ...silent })).isNew).to.equal(false)
    const html = readFileSync(join(folder, 'index.html'), 'utf8')
    const initial = [...html.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, name = '']) => name)
    const bytes = [...new Set(initial)].map((name) => statSync(join(folder, name)).size)
    expect(bytes.length).to.be.greaterThan(1)
    expect(bytes.reduce((sum, size) => sum + size, 0)).to.be.lessThan(initialMaxBytes)
    for (const name of initial) {
      if (statSync(join(folder, name)).size >= 1_000)
        expect(existsSync(join(folder, `${name}.br`))).to.equal(true)
    }
  })

  it('that fails says what the compiler says, and leaves the last one in place', async () => {
    const root = runFolder('web-broken')
    for (const folder of ['web/styles', 'web/assets', 'specs'])
      mkdirSync(join(root, folder), { recursive: true })
    for (const name of [
      'angular.json',
      'package.json',
      'package-lock.json',
      'web/tsconfig.json',
      'web/index.html',
    ])
      cpSync(join(projectDir, name), join(root, name))
    writeFileSync(join(root, 'web/styles/index.css'), '')
    symlinkSync(join(projectDir, 'node_modules'), join(root, 'node_modules'), 'junction')
    mkdirSync(join(root, 'dist/web'), { recursive: true })
    writeFileSync(join(root, 'dist/web/index.html'), 'the last one')
    writeFileSync(join(root, 'web/main.ts'), 'const broken: number = "text"\nexport { broken }')
    const failure = await buildWeb({ root, ...silent }).catch((error: unknown) => String(error))
    expect(failure).to.contain('could not be built').and.to.contain('main.ts')
    expect(readFileSync(join(root, 'dist/web/index.html'), 'utf8')).to.equal('the last one')
    expect(readdirSync(join(root, 'dist'))).to.deep.equal(['web'])
    rmSync(join(root, 'node_modules'))
  })
})
