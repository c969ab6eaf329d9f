import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { projectDir } from '../support/run.ts'

describe('the components of the dashboard', function () {
  this.timeout(60_000)

  it('pass their own specs', async () => {
    const compiler = join(projectDir, 'node_modules/@angular/cli/bin/ng.js')
    const child = spawn(process.execPath, [compiler, 'test', '--no-watch'], { cwd: projectDir })
    const output: string[] = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => output.push(String(part)))
    const [code] = (await once(child, 'close')) as [number]
    if (code !== 0) throw new Error(output.join(''))
    expect(stripVTControlCharacters(output.join(''))).to.match(/Tests +\d+ passed/)
  })
})
