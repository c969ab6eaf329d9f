import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { exitCodes } from '#server/cli/exit-codes.ts'
import { runProgram } from '#server/cli/program.ts'
import { projectDir } from '../../support/run.ts'
import { Home } from './command.ts'

const groups = {
  '': ['up', 'sign-in', 'agents', 'jobs'],
  agents: ['list', 'show', 'token', 'pause', 'resume', 'cordon', 'drain', 'revoke', 'rename', 'remove'],
  jobs: ['list', 'show', 'watch', 'result', 'log', 'submit', 'cancel', 'retry'],
}

describe('the help of the command line', () => {
  for (const [group, commands] of Object.entries(groups))
    it(`names every command of ${group || 'the program'}, each with a help of its own`, async () => {
      const path = group === '' ? [] : [group]
      const { out } = await inProcess([...path, '--help'])
      const named = [...(out.split('Commands:\n')[1] ?? '').matchAll(/^ {2}([\w-]+)/gm)].map(
        ([, name]) => name,
      )
      expect(named).to.have.members([...commands, 'help'])
      for (const command of commands) {
        const words = [...path, command]
        const help = await inProcess([...words, '--help'])
        expect(help.out).to.match(new RegExp(`^Usage: safelight ${words.join(' ')} `))
        expect(help.out).to.include('--json')
        expect(help).to.deep.include({ code: 0, complaint: '' })
      }
    })

  it('is shown by the program itself, with its version', async () => {
    const home = new Home()
    const [help, version, nothing] = await Promise.all([
      home.run(['--help']),
      home.run(['--version']),
      home.run([]),
    ])
    expect(help.out)
      .to.match(/^Usage: safelight /)
      .and.include('Exit codes: 0 done;')
    expect(version.out).to.match(/^\d+\.\d+\.\d+\n$/)
    expect([help.code, version.code]).to.deep.equal([0, 0])
    expect(nothing).to.deep.equal({ code: 2, out: '', complaint: help.out })
  })

  const mistakes: [words: string, says: RegExp, pointsTo: string][] = [
    ['scan', /unknown command 'scan'/, 'safelight'],
    ['agent', /unknown command 'agent'\n\(Did you mean agents\?\)/, 'safelight'],
    ['--loud', /unknown option '--loud'/, 'safelight'],
    ['agents wake', /unknown command 'wake': 'safelight agents' has list, show, /, 'safelight agents'],
    ['jobs list all', /unknown command 'all'/, 'safelight jobs'],
    ['jobs show', /missing required argument 'job'/, 'safelight jobs show'],
    ['jobs submit x --prio 1', /unknown option '--prio'/, 'safelight jobs submit'],
    ['jobs submit x /photos', /'\/photos'.*must be name=value/, 'safelight jobs submit'],
    ['jobs submit x a=1 a=2', /'a' is given twice/, 'safelight jobs submit'],
    ['jobs submit x --params [1]', /--params.*must be a JSON object/, 'safelight jobs submit'],
    ['jobs list --limit all', /--limit.*whole number/, 'safelight jobs list'],
    ['agents pause x --minutes soon', /--minutes.*must be a number of minutes/, 'safelight agents pause'],
    ['agents token --hours 200', /--hours.*whole number from 1 to 168/, 'safelight agents token'],
    ['sign-in', /required option '--email <email>'/, 'safelight sign-in'],
  ]
  for (const [words, says, pointsTo] of mistakes)
    it(`is pointed to by what it says to 'safelight ${words}'`, async () => {
      const { code, out, complaint } = await inProcess(words.split(' '))
      expect({ code, out }).to.deep.equal({ code: 2, out: '' })
      expect(complaint)
        .to.match(/^safelight: /)
        .and.match(says)
      expect(complaint).to.include(`'${pointsTo} --help' shows what there is.`)
    })

  it('has every exit code in both READMEs', () => {
    const rows = [...read('server/cli/README.md').matchAll(/^\| (\d+) \| `(\w+)` \|/gm)]
    expect(Object.fromEntries(rows.map(([, code, name]) => [name, Number(code)]))).to.deep.equal(exitCodes)
    const chapter = read('README.md').split('\n## The command line\n')[1]?.split('\n## ')[0] ?? ''
    const told = [...chapter.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))
    expect(told).to.deep.equal(Object.values(exitCodes))
  })

  it('names no variable that the README does not know', () => {
    const known = read('README.md')
    for (const name of read('server/cli/main.ts').match(/\bSAFELIGHT_\w+/g) ?? [])
      expect(known).to.include(`\`${name}\``)
  })
})

function read(path: string): string {
  return readFileSync(join(projectDir, path), 'utf8')
}

/** What needs neither a server nor a process. */
async function inProcess(words: readonly string[]) {
  const [said, complained]: [string[], string[]] = [[], []]
  const code = await runProgram(words, {
    version: '1.0.0',
    say: (text) => said.push(text),
    complain: (text) => complained.push(text),
    profileFile: '/nowhere/profile.json',
    url: undefined,
    token: undefined,
    password: undefined,
    input: Readable.from([]),
    output: new Writable(),
    onInterrupt: () => () => {},
    up: () => Promise.reject(new Error('nobody has asked for that')),
  })
  return { code, out: said.join('\n'), complaint: complained.join('\n') }
}
