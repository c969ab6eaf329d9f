import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { startEmbedded } from '#db/embedded/start.ts'
import { listen, type Listening, type ListenOptions } from '#db/listen.ts'
import { emptyDatabase, type TestDatabase } from '../support/database.ts'
import { Events } from '../support/events.ts'
import { startProxy, type Proxy } from '../support/proxy.ts'
import { runFolder, testSettings } from '../support/run.ts'

type Heard =
  | { readonly kind: 'notified'; readonly payload: string; readonly channel: string }
  | { readonly kind: 'listening' }
  | { readonly kind: 'lost'; readonly message: string }
  | { readonly kind: 'deaf'; readonly reason: string }

describe('a listener', () => {
  let database: TestDatabase
  let admin: pg.Client
  let proxy: Proxy
  let listening: Listening[]

  beforeEach(async () => {
    database = await emptyDatabase()
    proxy = await startProxy(database.url)
    admin = await connect(database.url)
    listening = []
  })
  afterEach(async () => {
    for (const one of listening) await one.stop()
    await admin.end()
    await proxy.close()
    await database.drop()
  })

  function start(url: string, options: Partial<ListenOptions> = {}): [Events<Heard>, Listening] {
    const [events, one] = hear(url, options)
    listening.push(one)
    return [events, one]
  }

  function notify(payload: string, channel = 'wake'): Promise<unknown> {
    return admin.query('select pg_notify($1, $2)', [channel, payload])
  }

  it('hears what is notified after it says that it listens', async () => {
    const [events] = start(database.url)
    await events.next('listening')
    await notify('17')
    expect(await events.next('notified')).to.include({ payload: '17', channel: 'wake' })
  })

  it('hears all of its channels and no other', async () => {
    const [events] = start(database.url, { channels: ['wake', 'Drain now'] })
    await events.next('listening')
    await notify('no', 'elsewhere')
    await notify('yes', 'Drain now')
    expect(await events.next('notified')).to.include({ payload: 'yes', channel: 'Drain now' })
  })

  it('listens again when the server has ended its session', async () => {
    const [events] = start(database.url)
    await events.next('listening')
    await endListeners()
    expect((await events.next('lost')).message).to.include('connection was lost')
    await events.next('listening')
    await notify('again')
    expect((await events.next('notified')).payload).to.equal('again')
  })

  it('listens again when the network has cut it off', async () => {
    const [events] = start(proxy.url)
    await events.next('listening')
    proxy.cut()
    await events.next('lost')
    await events.next('listening')
    await notify('again')
    expect((await events.next('notified')).payload).to.equal('again')
  })

  it('finds out that nobody is at the other end, and listens again', async () => {
    const [events] = start(proxy.url, { heartbeatMs: 20, heartbeatTimeoutMs: 100 })
    await events.next('listening')
    proxy.blackhole()
    await notify('unheard')
    expect((await events.next('lost')).message).to.equal('the LISTEN connection did not answer for 100 ms')
    proxy.heal()
    await events.next('listening')
    await notify('heard')
    expect((await events.next('notified')).payload).to.equal('heard')
  })

  it('does not take silence for a loss while its heartbeats are answered', async () => {
    const [events] = start(proxy.url, { heartbeatMs: 1 })
    await events.next('listening')
    await heartbeats(5)
    await notify('still here')
    await events.next('notified')
    expect(events.all.filter((event) => event.kind === 'lost')).to.deep.equal([])
  })

  it('keeps trying while the server refuses it', async () => {
    const [events] = start(database.url)
    await events.next('listening')
    await database.allowConnections(false)
    await endListeners()
    for (let failures = 0; failures < 4; failures++) await events.next('lost')
    await database.allowConnections(true)
    await events.next('listening')
  })

  it('is not deaf when a probe comes back', async () => {
    const [events, one] = start(database.url)
    await events.next('listening')
    expect(await one.probe()).to.equal(true)
    expect(events.all.filter((event) => event.kind === 'deaf')).to.deep.equal([])
  })

  it('says that it is deaf when notifications do not arrive, as behind a transaction pooler', async () => {
    proxy.dropFromServer((message) => message.type === 'A')
    const [events, one] = start(proxy.url, { probeTimeoutMs: 100 })
    await events.next('listening')
    expect((await events.next('deaf')).reason).to.include('pooler in transaction mode')
    expect(await one.probe()).to.equal(false)
  })

  it('leaves no connection behind, whatever it was doing when it was stopped', async () => {
    const [connected, one] = start(proxy.url)
    await connected.next('listening')
    const [, starting] = start(proxy.url)
    const [silent, two] = start(proxy.url, { heartbeatMs: 20, heartbeatTimeoutMs: 50 })
    await silent.next('listening')
    proxy.blackhole()
    await silent.next('lost')
    await Promise.all([one.stop(), starting.stop(), two.stop()])
    proxy.heal()
    await admin.end()
    await database.expectNoConnections()
    admin = await connect(database.url)
  })

  async function endListeners(): Promise<void> {
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    )
  }

  // Each beat is another statement of the session, so its start time moves on.
  async function heartbeats(count: number): Promise<void> {
    const seen = new Set<string>()
    while (seen.size <= count) {
      const { rows } = await admin.query<{ at: string }>(
        `select query_start::text as at from pg_stat_activity where application_name = 'spec listen'`,
      )
      for (const row of rows) seen.add(row.at)
    }
  }
})

describe('a listener whose server restarts', () => {
  it('listens again', async () => {
    const dir = runFolder(`listen-${randomUUID()}`)
    const first = await startEmbedded({ dir, settings: testSettings })
    const port = Number(new URL(first.url).port)
    const [events, one] = hear(first.url)
    await events.next('listening')
    await first.stop()
    await events.next('lost')
    const second = await startEmbedded({ dir, port, settings: testSettings })
    await events.next('listening')
    const client = await connect(second.url)
    await client.query(`select pg_notify('wake', 'after the restart')`)
    expect((await events.next('notified')).payload).to.equal('after the restart')
    await client.end()
    await one.stop()
    await second.stop()
  })
})

function hear(url: string, options: Partial<ListenOptions> = {}): [Events<Heard>, Listening] {
  const events = new Events<Heard>()
  const listening = listen({
    url,
    applicationName: 'spec',
    channels: ['wake'],
    onNotify: (payload, channel) => events.push({ kind: 'notified', payload, channel }),
    onListening: () => events.push({ kind: 'listening' }),
    onLost: ({ message }) => events.push({ kind: 'lost', message }),
    onDeaf: (reason) => events.push({ kind: 'deaf', reason }),
    ...options,
  })
  return [events, listening]
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  return client
}
