import { expect } from 'chai'
import type pg from 'pg'
import * as z from 'zod'
import { doctor } from '#runtime/doctor.ts'
import { actor } from '#runtime/index.ts'
import type { Store } from '#runtime/ports.ts'
import { openStore } from '#runtime/postgres/store.ts'
import { freshDatabase, type TestDatabase } from '#test/support/database.ts'
import { useRuntime } from './use-runtime.ts'

const lamp = actor(
  'lamp',
  {
    state: z.object({}).prefault({}),
    messages: { burn: {} },
    supervision: { attemptsMax: 1, then: 'park' },
  },
  {
    burn() {
      throw new Error('it is broken')
    },
  },
)

describe('the doctor of a runtime', () => {
  const runtime = useRuntime({ kinds: [lamp] })

  it('finds nothing where all is well', async () => {
    const { node, until } = runtime.get
    await until(() => node.metrics().shards === 256)
    expect(await node.doctor()).to.deep.equal([])
  })

  it('finds dead letters and actors that are parked, until somebody has seen to them', async () => {
    const { node, seen } = runtime.get
    await node.send(lamp.at('a').burn())
    await seen({ type: 'parked', actor: 'lamp/a' })
    expect(await node.doctor()).to.deep.equal([
      {
        what: 'a dead letter waits',
        cure: 'inspect them; redrive what is mended, discard the rest',
        urgent: false,
      },
      { what: 'an actor is parked', cure: 'mend what made them fail, then resume them', urgent: false },
    ])
    await node.discard({})
    await node.resume({ kind: 'lamp', key: 'a' })
    expect(await node.doctor()).to.deep.equal([])
  })

  it('finds history that was written outside its partitions', async () => {
    const { node, sql } = runtime.get
    await sql(
      "insert into runtime.history (at, lane, group_number, entries) values ('2001-01-01', 1, 1, '[]')",
    )
    expect(await node.doctor()).to.deep.equal([
      {
        what: 'history was written to its default partition: partitions were not made in time',
        cure: "look for 'tidying failed' in the log",
        urgent: false,
      },
    ])
  })
})

describe('the doctor of a database', () => {
  let database: TestDatabase
  let store: Store
  beforeEach(async () => {
    database = await freshDatabase()
    store = await openStore({ url: database.url, schema: 'runtime', name: 'doctor' })
  })
  afterEach(async () => {
    await store.close()
    await database.drop()
  })

  it('finds that no node is alive', async () => {
    expect(await doctor(store)).to.deep.equal([{ what: 'no node is alive', cure: 'start one', urgent: true }])
  })

  it('finds shards that nobody owns', async () => {
    const { incarnation } = await store.join({ name: 'doctor', leaseMs: 60_000 })
    await store.takeShards({ incarnation, atMost: 200 })
    expect(await doctor(store)).to.deep.equal([
      {
        what: '56 of 256 shards have no owner',
        cure: 'wait a few seconds; if it stays so, look at the log of the nodes',
        urgent: false,
      },
    ])
  })
})

describe('the doctor, where a transaction is held open', () => {
  const runtime = useRuntime({ kinds: [] })
  let clients: pg.Pool
  let client: pg.PoolClient
  let pid: number
  before(() => {
    clients = runtime.get.database.pool({ applicationName: 'report', idleInTransactionTimeoutMs: 0 })
  })
  after(() => clients.end())
  beforeEach(async () => {
    client = await clients.connect()
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    pid = rows[0]?.pid ?? 0
  })
  afterEach(() => client.release(true))

  /** The node has transactions of its own, which are over at once. */
  async function findingsOnSession(transactionMaxMs?: number) {
    const found = await runtime.get.node.doctor(transactionMaxMs === undefined ? {} : { transactionMaxMs })
    return found.filter(({ what }) => what.startsWith(`session ${pid} `))
  }

  const held = {
    'that reads one snapshot': ['begin isolation level repeatable read', 'select 1 as snapshot'],
    'that has written': ['begin', "insert into runtime.answered (request_id) values ('snapshot')"],
  }
  for (const [what, statements] of Object.entries(held)) {
    it(`${what} names its session, and how to end it`, async () => {
      for (const statement of statements) await client.query(statement)
      const [user] = await runtime.get.sql<{ name: string }>('select current_user as name')
      const [finding] = await findingsOnSession(0)
      expect(finding?.what.replace(/for \d+ s/, 'for so long')).to.equal(
        `session ${pid} (report, user ${user?.name}, idle in transaction) has held a transaction open for so long: ` +
          `dead rows can't be removed meanwhile. Its last statement: ${statements.at(-1)}`,
      )
      expect(finding).to.include({
        cure: `end that transaction, or the session: select pg_terminate_backend(${pid})`,
        urgent: true,
      })
    })
  }

  it('names a cure that helps', async () => {
    await client.query('begin isolation level repeatable read')
    await client.query('select 1')
    const [finding] = await findingsOnSession(0)
    await runtime.get.sql(/select .*/.exec(finding?.cure ?? '')?.[0] ?? '')
    await runtime.get.until(async () => (await findingsOnSession(0)).length === 0)
  })

  it('is calm as long as it is not open for long', async () => {
    await client.query('begin isolation level repeatable read')
    await client.query('select 1')
    expect(await findingsOnSession()).to.deep.equal([])
  })

  it('is calm where it holds nothing', async () => {
    await client.query('begin')
    expect(await findingsOnSession(0)).to.deep.equal([])
  })
})
