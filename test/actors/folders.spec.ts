import { expect } from 'chai'
import { agent, holds, placeOf } from '#actors/index.ts'
import { placesOf } from '#actors/place.ts'
import { idOf, registration, useFleet, user } from './fleet.ts'

describe('the name of a folder', () => {
  it('is the same for all its spellings', () => {
    const spellings: [folder: string, place: string][] = [
      ['/photos', '/photos/'],
      ['/photos/', '/photos/'],
      ['//photos/./2024//', '/photos/2024/'],
      ['/photos/2024/../2023', '/photos/2023/'],
      ['/../..', '/'],
      ['/', '/'],
      ['/Photos/Ärger', '/photos/ärger/'],
      ['/photos/\u0041\u0308rger', '/photos/ärger/'],
      ['D:\\Bilder\\2024', 'd:/bilder/2024/'],
      ['d:/Bilder', 'd:/bilder/'],
      ['\\\\NAS\\photos\\', '//nas/photos/'],
      ['/odd\\name', '/odd\\name/'],
    ]
    expect(spellings.map(([folder]) => placeOf(folder))).to.deep.equal(spellings.map(([, place]) => place))
  })

  it('is none where it is not absolute', () => {
    expect(['photos', './photos', 'C:photos', ''].map(placeOf)).to.deep.equal([null, null, null, null])
  })

  it('lies in a root whole, not by its beginning', () => {
    const within = (folder: string) =>
      holds(placesOf(['/photos', 'relative', '/photos/']), placeOf(folder) ?? '')
    expect(['/photos', '/photos/x', '/photos-old', '/'].map(within)).to.deep.equal([true, true, false, false])
    expect(holds(placesOf(['/']), '/any/')).to.equal(true)
    expect(holds([], '/any/')).to.equal(false)
  })
})

describe('a job that looks into a folder', () => {
  const fleet = useFleet()
  const lookingInto = (path: string, place: string | null) => fleet.get.job({ params: { path } }, place)
  const gets = async (id: string) => (await fleet.get.get(id)).agent

  it('is given to an agent that may look there, however good the others are', async () => {
    const able = await fleet.get.agent({ roots: ['/photos', '/archive'], slots: 3 })
    await fleet.get.agent({ roots: ['/other'], slots: 9 })
    for (const path of ['/archive/1', '/archive', '/ARCHIVE/2'])
      expect(await gets(await lookingInto(path, '/archive/'))).to.equal(able)
  })

  it('that nobody may look into waits, and holds up nobody else', async () => {
    const who = await fleet.get.agent({ slots: 2 })
    const nowhere = []
    for (let number = 0; number < 200; number += 1) nowhere.push(await lookingInto('/other', ''))
    expect(await gets(await lookingInto('/photos/1', '/photos/'))).to.equal(who)
    expect(await gets(await fleet.get.job())).to.equal(who)
    expect(await fleet.get.state(nowhere[0] ?? '')).to.equal('pending')
  }).timeout(20_000)

  it('waits for the one that may, where that is away, and holds up nobody else', async () => {
    const away = await fleet.get.agent({ roots: ['/nas'] })
    const there = await fleet.get.agent({ roots: ['/photos'] })
    await fleet.get.hangUp(away)
    for (let number = 0; number < 150; number += 1) await lookingInto('/nas/1', '/nas/')
    expect(await gets(await lookingInto('/photos/1', '/photos/'))).to.equal(there)
  }).timeout(20_000)

  it('goes to an agent that comes to look there, as soon as it does', async () => {
    const who = await fleet.get.agent({ slots: 3 })
    const [here, deeper] = [await lookingInto('/other/1', ''), await lookingInto('/other/2/3', '')]
    await fleet.get.hello(who, {
      boot: 'boot-0002',
      connection: 'connection-2',
      roots: ['/photos', '/other'],
      slots: 3,
    })
    await fleet.get.settle()
    expect([await gets(here), await gets(deeper)]).to.deep.equal([who, who])
  })

  it('may go to an agent with a deeper root, as well as to the one above', async () => {
    const above = await fleet.get.agent({ roots: ['/photos'], slots: 1 })
    const ids = [
      await lookingInto('/photos/nas/1', '/photos/'),
      await lookingInto('/photos/nas/2', '/photos/'),
    ]
    const deeper = await fleet.get.agent({ roots: ['/photos/nas'] })
    await fleet.get.settle()
    expect(await Promise.all(ids.map(gets))).to.have.members([above, deeper])
  })

  it('is found by the next sweep where it was submitted while that came about', async () => {
    const who = await fleet.get.agent({ roots: ['/late'] })
    const id = await lookingInto('/late/1', '')
    expect(await fleet.get.state(id)).to.equal('pending')
    await fleet.get.advance(10_001)
    expect(await gets(id)).to.equal(who)
  })

  it('goes by the roots of agents that are not revoked', async () => {
    const gone = await fleet.get.agent({ roots: ['/photos/nas'] })
    const there = await fleet.get.agent({ roots: ['/photos'] })
    await fleet.get.ask(agent.at(gone).revoke({ by: user }))
    expect(await gets(await lookingInto('/photos/nas/1', '/photos/'))).to.equal(there)
    await fleet.get.finish({ ...(await running(there)), agent: there })
    const waiting = await lookingInto('/photos/nas/2', '/photos/nas/')
    expect(await gets(waiting)).to.equal(there)
  })
  async function running(who: string) {
    const [held] = (await fleet.get.agentOf(who)).running
    if (!held) throw new Error('it runs nothing')
    await fleet.get.accept({ ...held, agent: who })
    return held
  }

  it('bound to an agent goes there: that was checked before', async () => {
    const who = await fleet.get.agent({ roots: ['/photos'] })
    expect(await gets(await fleet.get.job({ params: { path: '/other' }, agent: who }, ''))).to.equal(who)
  })

  it('without an absolute path goes to anybody, who then says what is wrong with it', async () => {
    const who = await fleet.get.agent({ roots: [] })
    expect(await gets(await lookingInto('photos', null))).to.equal(who)
  })

  it('is told of by an agent when it registers', async () => {
    const id = await lookingInto('/new/1', '')
    const who = idOf('agt')
    await fleet.get.ask(registration(who, { roots: ['/new'] }))
    await fleet.get.hello(who, { roots: ['/new'] })
    expect(await gets(id)).to.equal(who)
  })
})
