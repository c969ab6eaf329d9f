import { expect } from 'chai'
import { MemoryDatabase } from '#runtime/testing/memory/database.ts'
import { describeStore, shortLeaseMs } from './conformance.ts'
import { failureOf, Member } from './conformance-member.ts'

describeStore('memory', async () => {
  let now = 1_000_000
  const database = new MemoryDatabase({ now: () => now, shards: 16 })
  return {
    connect: async () => database.connect(),
    untilExpired: async () => {
      now += 2 * shortLeaseMs
    },
    post: async (mail) => {
      database.post(mail)
    },
    close: async () => {},
  }
})

describe('a turn with SQL on the memory store', () => {
  async function joined(database: MemoryDatabase) {
    const store = database.connect()
    return new Member(store, await store.join({ name: 'one', leaseMs: 1000 }))
  }
  function ledger() {
    return new MemoryDatabase({
      now: () => 1,
      sqlModel: (_text, params, tables) => {
        const rows = [...(tables.get('ledger') ?? []), { amount: params[0] }]
        tables.set('ledger', rows)
        return rows
      },
    })
  }

  it('asks for a model where there is none', async () => {
    const one = await joined(new MemoryDatabase({ now: () => 1 }))
    const failure = await failureOf(one.store.beginSql({ incarnation: one.incarnation, tenant: null }))
    expect(failure).to.be.instanceOf(TypeError)
    expect(String(failure)).to.include('sqlModel')
  })

  it('keeps what its statements wrote once it is committed', async () => {
    const database = ledger()
    const one = await joined(database)
    const turn = await one.store.beginSql({ incarnation: one.incarnation, tenant: null })
    expect(await turn.query('insert', [5])).to.deep.equal([{ amount: 5 }])
    expect(database.modelled.size).to.equal(0)
    await turn.commit(one.draft())
    expect(database.modelled.get('ledger')).to.deep.equal([{ amount: 5 }])
  })

  it('keeps nothing where it is rolled back or its commit is refused', async () => {
    const database = ledger()
    const one = await joined(database)
    const first = await one.store.beginSql({ incarnation: one.incarnation, tenant: null })
    await first.query('insert', [5])
    await first.rollback()
    const second = await one.store.beginSql({ incarnation: one.incarnation, tenant: null })
    await second.query('insert', [6])
    await failureOf(second.commit(one.draft({ settledMail: [{ lane: 1, seq: 1 }] })))
    expect(database.modelled.size).to.equal(0)
  })
})
