import { expect } from 'chai'
import type { Agent } from '#specs/agents.ts'
import { useBorder, facts } from '../link/border.ts'
import { type Home, signedIn } from './command.ts'

describe('safelight agents', () => {
  const border = useBorder()
  let home: Home
  before(async () => {
    home = await signedIn(border.get)
  })
  const agentOf = (agent: string) => border.get.api.ok('getAgent', { params: { agent } })
  const done = async (...words: string[]) => {
    const { code, out, complaint } = await home.run(['agents', ...words])
    expect(complaint).to.equal('')
    expect(code).to.equal(0)
    return out
  }

  it('says what to do where there are none', async () => {
    const { code, out, complaint } = await home.run(['agents'])
    expect(complaint).to.include('no agents yet').and.include('safelight agents token')
    expect({ code, out }).to.deep.equal({ code: 0, out: '' })
  })

  it('makes a token that one agent can register with', async () => {
    const { secret, token } = (await home.json(['agents', 'token', '--name', 'nas', '--hours', '2'])) as {
      secret: string
      token: { name: string; createdAt: number; expiresAt: number }
    }
    expect(token.name).to.equal('nas')
    expect(token.expiresAt - token.createdAt).to.equal(7_200_000)
    const body = { token: secret, name: 'nas', installation: 'the-nas-itself', facts: facts() }
    expect(await border.get.anyone().ok('registerAgent', { body })).to.include({ name: 'nas', isNew: true })
  })

  it('says where a token goes', async () => {
    const out = await done('token')
    expect(out).to.match(
      new RegExp(`safelight-agent register --server ${border.get.server.url} --token art_\\S+\n`),
    )
  })

  it('lists them, for people and for programs', async () => {
    const { id } = await border.get.agent({ name: 'studio', tags: ['room=dark'] })
    const lines = (await done('list')).split('\n')
    expect(lines[0]).to.match(/^ID +NAME +LIVENESS +STANDING +JOBS +SEEN$/)
    expect(lines.find((line) => line.startsWith(id))).to.match(/studio +healthy +active +0 of 1 +\d+ s ago$/)
    const tagged = (await home.json(['agents', '--tag', 'room=dark'])) as Agent[]
    expect(tagged.map(({ name }) => name)).to.deep.equal(['studio'])
  })

  it('shows one, by its name or its id', async () => {
    const { id } = await border.get.agent({ name: 'by name' })
    const out = await done('show', 'by name')
    expect(out).to.include(`by name (${id})`).and.include('/photos')
    expect(await home.json(['agents', 'show', id])).to.include({ id, name: 'by name' })
  })

  it('pauses one for a while, and resumes it', async () => {
    const { id } = await border.get.agent({ name: 'lunch' })
    expect(await done('pause', 'lunch', '--minutes', '1.5', '--note', 'at lunch')).to.equal(
      'lunch is paused.\n',
    )
    const { standing, note, resumesAt } = await agentOf(id)
    expect({ standing, note }).to.deep.equal({ standing: 'paused', note: 'at lunch' })
    expect(await done('show', 'lunch')).to.include(
      `paused until ${new Date(resumesAt ?? 0).toISOString()}: at lunch`,
    )
    expect(await done('resume', 'lunch')).to.equal('lunch is active.\n')
  })

  it('cordons one, with the reason in its history', async () => {
    const { id } = await border.get.agent({ name: 'full' })
    await done('cordon', 'full', '--reason', 'the disk is full')
    const { items } = await border.get.api.ok('agentEvents', { params: { agent: id } })
    expect(items[0]).to.include({ to: 'cordoned', reason: 'the disk is full' })
  })

  it('drains one, which hears of it', async () => {
    const agent = await border.get.agent({ name: 'tired' })
    expect(await done('drain', 'tired')).to.equal('tired is draining.\n')
    await agent.told.next('drain')
  })

  it('revokes one, which is sent away', async () => {
    const agent = await border.get.agent({ name: 'stolen' })
    expect(await home.json(['agents', 'revoke', 'stolen', '--reason', 'stolen'])).to.include({
      standing: 'revoked',
    })
    await agent.told.next('dismissed')
  })

  it('renames one', async () => {
    const { id } = await border.get.agent({ name: 'old' })
    expect(await done('rename', 'old', 'new')).to.equal('It is called new now.\n')
    expect(await agentOf(id)).to.include({ name: 'new' })
  })

  it('removes one at once', async () => {
    const { id } = await border.get.agent({ name: 'sold' })
    expect(await done('remove', 'sold', '--now')).to.equal('It is removed.\n')
    expect(await border.get.api.refused('getAgent', { params: { agent: id } })).to.include({
      code: 'not_found',
    })
  })

  it('says why the server declines', async () => {
    await border.get.agent({ name: 'well' })
    const [unknown, wrongState, wrongTag] = await Promise.all([
      home.run(['agents', 'pause', 'nobody']),
      home.run(['agents', 'resume', 'well']),
      home.run(['agents', '--tag', 'dark']),
    ])
    expect(unknown.complaint).to.include("no agent is called 'nobody'").and.include('safelight agents')
    expect(wrongState.complaint).to.include('active already')
    expect(wrongTag.complaint).to.include("--tag must be 'key=value'")
    expect([unknown, wrongState, wrongTag].map(({ code }) => code)).to.deep.equal([1, 1, 1])
  })
})
