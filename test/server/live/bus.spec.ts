import { expect } from 'chai'
import type { Node } from '#runtime/index.ts'
import { silent } from '#runtime/log.ts'
import { Bus, type BusEvent, topicOf } from '#server/live/bus.ts'
import { freshDatabase, type TestDatabase } from '#test/support/database.ts'
import { Events } from '#test/support/events.ts'
import { type Proxy, startProxy } from '#test/support/proxy.ts'

type Heard = {
  [Type in BusEvent['type']]: { readonly kind: Type; readonly event: BusEvent }
}[BusEvent['type']]

describe('the bus between servers', () => {
  let database: TestDatabase
  let proxy: Proxy | undefined
  const buses: Bus[] = []
  before(async () => {
    database = await freshDatabase()
  })
  afterEach(async () => {
    proxy?.heal()
    for (const bus of buses.splice(0)) await bus.stop()
    await proxy?.close()
    proxy = undefined
  })
  after(() => database.drop())

  async function open(name: string, url = database.url, alone = true) {
    const heard = new Events<Heard>()
    const node = { onEvent: () => () => {}, alone } as Pick<Node, 'onEvent' | 'alone'>
    const bus = new Bus({ node, url, schema: 'product', name, log: silent, announceMs: 200 })
    buses.push(bus)
    for (const kind of ['drain', 'frames', 'ended', 'gap'] as const)
      bus.on(kind, (event) => heard.push({ kind, event } as Heard))
    await bus.start()
    return { bus, heard }
  }
  async function met(...opened: { bus: Bus; heard: Events<Heard> }[]) {
    const client = database.pool({ max: 1 })
    while (opened.some(({ bus }) => bus.alone)) await client.query('select pg_sleep(0.01)')
    await client.end()
  }
  const drain = (reason: string): BusEvent => ({ type: 'drain', agent: 'agt', reason })
  const frames = (job: string): BusEvent => ({ type: 'frames', team: 'ten', job, attempt: 1, frames: [] })

  it('tells those who listen here at once, and the others in the same order, whatever the size', async () => {
    const [one, other] = [await open('one'), await open('other')]
    await met(one, other)
    const reasons = Array.from({ length: 60 }, (_, at) => `${at} ${'ä'.repeat(at % 7 === 0 ? 9_000 : 10)}`)
    for (const reason of reasons) one.bus.tell(drain(reason))
    expect(one.heard.all).to.have.length(60)
    for (const reason of reasons) expect((await other.heard.next('drain')).event).to.deep.equal(drain(reason))
  })

  it('carries what only some want to those who want it', async () => {
    const [one, other, third] = [await open('one'), await open('other'), await open('third')]
    await met(one, other, third)
    const { known, end } = other.bus.interest(topicOf.job('wanted'))
    await known
    one.bus.tell(frames('unwanted'))
    one.bus.tell(frames('wanted'))
    one.bus.tell(drain('last'))
    await Promise.all([other, third].map(({ heard }) => heard.next('drain')))
    expect(other.heard.all.filter(({ kind }) => kind === 'frames').map(({ event }) => event)).to.deep.equal([
      frames('wanted'),
    ])
    end()
  })

  it('brings a question to whoever knows, and its answer back', async () => {
    const [one, other, third] = [await open('one'), await open('other'), await open('third')]
    await met(one, other, third)
    other.bus.answers('weather', async () => null)
    third.bus.answers('weather', async (question) => ({ of: question, is: 'fine' }))
    expect(await one.bus.ask('weather', 'today', 5_000)).to.deep.equal({ of: 'today', is: 'fine' })
    expect(await one.bus.ask('nothing', 'today', 50)).to.equal(null)
  })

  it('says when something may have been missed: a server that has gone without a word', async () => {
    proxy = await startProxy(database.url)
    const [one, other] = [await open('one'), await open('other', proxy.url)]
    await met(one, other)
    proxy.blackhole()
    while (!one.bus.alone) await one.heard.next('gap')
    proxy.heal()
    await proxy.connected((application) => application.endsWith('listen'))
    await met(one, other)
  })

  it('says nothing to nobody: alone, it only announces itself', async () => {
    const { bus } = await open('alone')
    const client = database.pool({ max: 1 })
    const heard: string[] = []
    const listener = await client.connect()
    listener.on('notification', ({ payload = '' }) => heard.push(payload))
    await listener.query('listen safelight_bus')
    for (let at = 0; at < 50; at++) bus.tell(drain('nobody hears'))
    bus.interest(topicOf.team('ten'))
    while (heard.length < 2) await listener.query('select pg_sleep(0.01)')
    for (const payload of heard) {
      const { messages } = JSON.parse(payload) as { messages: { type: string }[] }
      expect(messages.map(({ type }) => type)).to.deep.equal(['here'])
    }
    listener.release()
    await client.end()
  })
})
