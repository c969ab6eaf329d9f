import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { enrolLine, shellOf } from '#web/agents/enrol-line.ts'

const enrolment = {
  shell: 'unix',
  server: 'http://lamp.lan:4600',
  token: 'art_abc',
  root: '/home/ada/Photos',
  name: '',
} as const

describe('the line that enrols an agent', () => {
  it('has the token in the environment and the rest in arguments', () => {
    expect(enrolLine(enrolment)).to.equal(
      'SAFELIGHT_AGENT_TOKEN=art_abc safelight-agent register --server http://lamp.lan:4600 --root /home/ada/Photos && safelight-agent start',
    )
  })

  it('names the agent where one wants it', () => {
    expect(enrolLine({ ...enrolment, name: 'the studio' })).to.contain(" --name 'the studio'")
  })

  it('says nothing of a folder where none is given', () => {
    expect(enrolLine({ ...enrolment, root: ' ' })).not.to.contain('--root')
  })

  it('reaches the program whole, whatever a folder is called', function () {
    if (process.platform === 'win32') this.skip()
    const root = `/a b/it's "$HOME" \`x\` (2)`
    const line = enrolLine({ ...enrolment, root })
      .replace('safelight-agent register', `printf '%s\\n'`)
      .replace('safelight-agent start', 'true')
    const words = execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' }).trimEnd().split('\n')
    expect(words).to.deep.equal(['--server', 'http://lamp.lan:4600', '--root', root])
  })

  it('speaks PowerShell on Windows', () => {
    const line = enrolLine({ ...enrolment, shell: 'windows', root: `D:\\Ada's Photos` })
    expect(line).to.equal(
      `$env:SAFELIGHT_AGENT_TOKEN='art_abc'; safelight-agent register --server http://lamp.lan:4600 --root 'D:\\Ada''s Photos'; safelight-agent start`,
    )
    expect(shellOf('Mozilla/5.0 (Windows NT 10.0; Win64; x64)')).to.equal('windows')
    expect(shellOf('Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0)')).to.equal('unix')
  })
})
