import { expect } from 'chai'
import type { Cluster } from './conformance.ts'
import { deadLetter, historyRow, member } from './conformance-member.ts'

export function describeInspection(cluster: Cluster): void {
  describe('history', () => {
    it('keeps every turn as it was', async () => {
      const one = await member(cluster())
      const row = historyRow({
        sender: 'note/two',
        senderTurn: 3,
        state: '{"n":1}',
        sends: '[]',
        failure: 'it broke',
        replayable: false,
      })
      const { at } = await one.commit({ states: [one.write()], history: [row] })
      const [kept] = await one.store.readHistory({ kind: 'note', key: 'one', limit: 10 })
      const texts = ['body', 'patch', 'state', 'sends'] as const
      for (const text of texts)
        expect(JSON.parse(kept?.[text] ?? ''), text).to.deep.equal(JSON.parse(row[text] ?? ''))
      const parsed = { body: '', patch: '', state: '', sends: '' }
      expect({ ...kept, ...parsed }).to.deep.equal({ ...row, ...parsed, at })
    })

    it('is read in the order of turns, from a turn on and up to a limit', async () => {
      const one = await member(cluster())
      const first = [1, 2].map((turn) => historyRow({ turn, seq: turn }))
      await one.commit({ states: [one.write({ turn: 2 })], history: first })
      const past = `${one.incarnation}-${one.group}`
      const next = [3, 4].map((turn) => historyRow({ turn, seq: turn, past }))
      await one.commit({ states: [one.write({ was: 2, turn: 4 })], history: next })
      await one.commit({ states: [one.write({ key: 'two' })], history: [historyRow({ key: 'two' })] })
      const turns = async (input: object) => {
        const rows = await one.store.readHistory({ kind: 'note', key: 'one', limit: 10, ...input })
        return rows.map(({ turn }) => turn)
      }
      expect(await turns({})).to.deep.equal([1, 2, 3, 4])
      expect(await turns({ fromTurn: 2 })).to.deep.equal([2, 3, 4])
      expect(await turns({ limit: 2 })).to.deep.equal([3, 4])
    })
  })

  describe('inspecting an actor', () => {
    it('finds nothing where there is nothing', async () => {
      const one = await member(cluster())
      const { shard, ...inspection } = await one.store.inspect({ kind: 'note', key: 'nobody' })
      expect(shard).to.equal(one.letter({ key: 'nobody' }).shard)
      expect(inspection).to.deep.equal({
        exists: false,
        turn: 0,
        parked: false,
        stateBytes: 0,
        owner: null,
        waiting: 0,
        oldestSentAt: null,
        deferred: [],
        dead: 0,
      })
    })

    it('tells what it is, who owns it and what waits for it', async () => {
      const one = await member(cluster(), 'one')
      await one.take()
      const letters = one.letters(2)
      const retry = one.deferred({
        reason: 'retry',
        due: 500,
        attempts: [
          { at: 1, reason: 'first' },
          { at: 2, reason: 'last' },
        ],
        sender: 'note/two',
      })
      const parts = {
        states: [one.write({ turn: 9, parked: true })],
        dead: [deadLetter()],
        deferred: [retry],
      }
      const { at } = await one.commit({ ...parts, mail: letters, sent: 3 })
      const {
        owner,
        stateBytes,
        shard: _,
        ...inspection
      } = await one.store.inspect({ kind: 'note', key: 'one' })
      expect(inspection).to.deep.equal({
        exists: true,
        turn: 9,
        parked: true,
        waiting: 2,
        oldestSentAt: at,
        dead: 1,
        deferred: [
          {
            reason: 'retry',
            type: 'add',
            due: 500,
            name: null,
            attempts: 2,
            lastFailure: 'last',
            sender: 'note/two',
          },
        ],
      })
      expect(owner).to.include({ incarnation: one.incarnation, name: 'one' })
      expect(owner?.leaseUntil).to.be.greaterThan(at)
      expect(stateBytes).to.be.greaterThan(0)
    })
  })

  describe('the health of the whole', () => {
    it('is told in numbers', async () => {
      const [one, gone] = [await member(cluster()), await member(cluster())]
      await gone.store.leave({ incarnation: gone.incarnation })
      await one.take(3)
      const deferred = (['parked', 'parked', 'delay'] as const).map((reason) => one.deferred({ reason }))
      const states = [{ parked: true }, { key: 'two', parked: true }, { key: 'three' }].map((parts) =>
        one.write(parts),
      )
      await one.commit({ dead: [deadLetter()], deferred, states, sent: 3 })
      const { nodes, shards, freeShards, deadLetters, parked } = await one.store.health({
        transactionMs: 60_000,
      })
      expect({ nodes, shards, freeShards, deadLetters, parked }).to.deep.equal({
        nodes: 1,
        shards: one.shards,
        freeShards: one.shards - 3,
        deadLetters: 1,
        parked: 2,
      })
    })
  })
}
