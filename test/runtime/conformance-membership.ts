import { expect } from 'chai'
import { Fenced } from '#runtime/errors.ts'
import type { Cluster } from './conformance.ts'
import { shortLeaseMs } from './conformance.ts'
import { allShards, doomedMember, failureOf, idOf, member } from './conformance-member.ts'

export function describeShards(cluster: Cluster): void {
  describe('shards', () => {
    it('belong to nobody at first', async () => {
      const one = await member(cluster())
      expect((await one.sweep()).free).to.equal(one.shards)
    })

    it('are taken in order, and only up to the number asked for', async () => {
      const one = await member(cluster())
      expect(await one.take(2)).to.deep.equal([0, 1])
      expect(await one.take(1)).to.deep.equal([2])
    })

    it('have one owner', async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      const [first, second] = await Promise.all([one.take(allShards), other.take(allShards)])
      expect([...first, ...second].sort((a, b) => a - b)).to.deep.equal(one.everyShard())
      expect((await one.sweep()).free).to.equal(0)
    })

    it('can be taken again once they are released', async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      await one.take()
      await one.store.releaseShards({ incarnation: one.incarnation, shards: [1, 2] })
      expect(await other.take()).to.deep.equal([1, 2])
    })

    it('are released by their owner alone', async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      await one.take()
      await other.store.releaseShards({ incarnation: other.incarnation, shards: [1] })
      expect((await one.sweep()).free).to.equal(0)
    })

    it('are free again when their owner leaves', async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      await one.take()
      await one.store.leave({ incarnation: one.incarnation })
      expect(await other.take()).to.deep.equal(other.everyShard())
    })
  })

  describe('a sweep', () => {
    it('lists every node that is there, in order', async () => {
      const [one, other] = [await member(cluster(), 'one'), await member(cluster(), 'other')]
      const { nodes } = await one.sweep()
      expect(nodes.map(({ incarnation, name }) => ({ incarnation, name }))).to.deep.equal([
        { incarnation: one.incarnation, name: 'one' },
        { incarnation: other.incarnation, name: 'other' },
      ])
    })

    it('tells the others who is draining', async () => {
      const [one, other] = [await member(cluster(), 'one'), await member(cluster(), 'other')]
      await one.sweep({ draining: true })
      const { nodes } = await other.sweep()
      expect(nodes.map(({ draining }) => draining)).to.deep.equal([true, false])
    })

    it('tells whether there is mail to read', async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      await other.take()
      await one.commit({ mail: one.letters(2), sent: 2 })
      expect((await other.sweep()).mail).to.equal(true)
      expect((await other.sweep({ after: [{ lane: one.incarnation, seq: 1 }] })).mail).to.equal(true)
      expect((await other.sweep({ after: [{ lane: one.incarnation, seq: 2 }] })).mail).to.equal(false)
    })

    it("tells of no mail that is another's, or the node's own", async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      await one.take(1)
      await other.commit({ mail: [other.letter({ shard: 1 }), other.letter({ shard: -999 })], sent: 2 })
      await one.commit({ mail: [one.letter({ shard: 0 })], sent: 1 })
      expect((await one.sweep()).mail).to.equal(false)
    })

    it('tells of letters', async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      await other.commit({ mail: [other.letter({ shard: -one.incarnation })], sent: 1 })
      expect((await one.sweep()).mail).to.equal(true)
    })

    it('tells which shards the node itself owns', async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      expect((await one.sweep()).owned).to.deep.equal([])
      await one.take(3)
      await other.take(2)
      await one.store.releaseShards({ incarnation: one.incarnation, shards: [1] })
      expect((await one.sweep()).owned).to.have.members([0, 2])
      await one.store.leave({ incarnation: one.incarnation })
      expect((await one.sweep()).owned).to.deep.equal([])
      expect((await other.sweep()).owned).to.have.members([3, 4])
    })

    it("goes by the database's clock, which does not run backwards", async () => {
      const one = await member(cluster())
      const [first, second] = [await one.sweep(), await one.sweep()]
      expect(second.now).to.be.at.least(first.now)
    })
  })
}

export function describeLeases(cluster: Cluster): void {
  describe('a node whose lease has run out', () => {
    it('is seen by the others', async () => {
      const steady = await member(cluster())
      expect((await steady.sweep()).expired).to.equal(false)
      const doomed = await doomedMember(cluster())
      await cluster().untilExpired()
      expect((await steady.sweep()).expired).to.equal(true)
      expect((await steady.sweep()).nodes.map(({ incarnation }) => incarnation)).to.include(
        doomed.incarnation,
      )
    })

    it('is retired once, and nobody else is', async () => {
      const [doomed, steady] = [await doomedMember(cluster()), await member(cluster())]
      await cluster().untilExpired()
      expect(await steady.store.retireExpired({ incarnation: steady.incarnation })).to.deep.equal([
        doomed.incarnation,
      ])
      expect(await steady.store.retireExpired({ incarnation: steady.incarnation })).to.deep.equal([])
      const { nodes, expired } = await steady.sweep()
      expect(nodes.map(({ incarnation }) => incarnation)).to.deep.equal([steady.incarnation])
      expect(expired).to.equal(false)
    })

    it('goes on as before where it renews the lease before it is retired', async () => {
      const [late, steady] = [await doomedMember(cluster()), await member(cluster())]
      await cluster().untilExpired()
      expect((await late.sweep()).retired).to.equal(false)
      expect(await steady.store.retireExpired({ incarnation: steady.incarnation })).to.deep.equal([])
      await late.commit()
    })

    it('loses its shards, which the new owner finds marked', async () => {
      const [doomed, steady] = [await doomedMember(cluster()), await member(cluster())]
      await doomed.take(3)
      await cluster().untilExpired()
      await steady.store.retireExpired({ incarnation: steady.incarnation })
      expect((await steady.take()).length).to.equal(steady.shards)
      const load = { incarnation: steady.incarnation, shards: steady.everyShard(), after: [], limit: 10 }
      expect((await steady.store.loadShards(load)).crashed).to.have.members([0, 1, 2])
    })
  })

  describe('a retired node', () => {
    async function retired() {
      const [doomed, steady] = [await doomedMember(cluster()), await member(cluster())]
      await doomed.take(2)
      const [letter] = doomed.letters(1)
      await steady.commit({ mail: [steady.letter({ shard: -doomed.incarnation })], sent: 1 })
      await cluster().untilExpired()
      await steady.store.retireExpired({ incarnation: steady.incarnation })
      return { doomed, steady, letter: letter ?? doomed.letter() }
    }

    it('commits nothing any more', async () => {
      const { doomed, steady, letter } = await retired()
      expect(await failureOf(doomed.commit({ mail: [letter], sent: 1 }))).to.be.instanceOf(Fenced)
      expect(await steady.mail()).to.deep.equal([])
    })

    it('is told so by its sweep, which revives nothing', async () => {
      const { doomed, steady } = await retired()
      expect((await doomed.sweep()).retired).to.equal(true)
      expect((await steady.sweep()).nodes.length).to.equal(1)
    })

    it('can neither take, release nor resolve', async () => {
      const {
        doomed: { store, incarnation },
      } = await retired()
      const calls = [
        store.takeShards({ incarnation, atMost: 1 }),
        store.releaseShards({ incarnation, shards: [0] }),
        store.resolve({ incarnation, group: 1 }),
      ]
      for (const call of calls) expect(await failureOf(call)).to.be.instanceOf(Fenced)
    })

    it('gets no more letters', async () => {
      const { doomed } = await retired()
      expect(await doomed.mail()).to.deep.equal([])
    })
  })

  describe('a node that leaves in good order', () => {
    it('is retired, however often it says so', async () => {
      const one = await member(cluster())
      await one.store.leave({ incarnation: one.incarnation })
      await one.store.leave({ incarnation: one.incarnation })
      expect((await one.sweep()).retired).to.equal(true)
      expect(await failureOf(one.commit())).to.be.instanceOf(Fenced)
    })

    it('leaves no marks on its shards', async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      await one.take()
      await one.store.leave({ incarnation: one.incarnation })
      await other.take()
      const load = { incarnation: other.incarnation, shards: other.everyShard(), after: [], limit: 10 }
      expect((await other.store.loadShards(load)).crashed).to.deep.equal([])
    })
  })

  describe('a message that ran alone when its process died', () => {
    async function diesWith(reason: 'crash' | 'leave', putOff: boolean) {
      const [doomed, steady] = [await doomedMember(cluster()), await member(cluster())]
      const [letter, deferred] = [steady.letter(), steady.deferred({ reason: 'retry' })]
      await steady.commit({ mail: [letter], deferred: [deferred], sent: 2 })
      await doomed.commit({ suspect: idOf(putOff ? deferred : letter) })
      if (reason === 'leave') await doomed.store.leave({ incarnation: doomed.incarnation })
      await cluster().untilExpired()
      await steady.store.retireExpired({ incarnation: steady.incarnation })
      const load = { incarnation: steady.incarnation, shards: steady.everyShard(), after: [], limit: 10 }
      const { mail, retries } = await steady.store.loadShards(load)
      return { mail: mail[0]?.rare?.crashes ?? 0, deferred: retries[0]?.rare?.crashes ?? 0 }
    }

    it('counts the crash', async () => {
      expect(await diesWith('crash', false)).to.deep.equal({ mail: 1, deferred: 0 })
    })

    it('counts it where it was put off, too', async () => {
      expect(await diesWith('crash', true)).to.deep.equal({ mail: 0, deferred: 1 })
    })

    it('counts none where the node left in good order', async () => {
      expect(await diesWith('leave', false)).to.deep.equal({ mail: 0, deferred: 0 })
    })

    it('counts every crash, and keeps what else it carries', async () => {
      const steady = await member(cluster())
      await steady.commit({ mail: [steady.letter({ rare: { priority: 3, crashes: 1 } })], sent: 1 })
      const doomed = await doomedMember(cluster())
      await doomed.commit({ suspect: { lane: steady.incarnation, seq: 1 } })
      await cluster().untilExpired()
      await steady.store.retireExpired({ incarnation: steady.incarnation })
      const other = await member(cluster())
      expect((await other.mail())[0]?.rare).to.deep.equal({ priority: 3, crashes: 2 })
    })

    it('is no suspect any more after the next commit', async () => {
      const [doomed, steady] = [await doomedMember(cluster()), await member(cluster())]
      await doomed.sweep({ leaseMs: shortLeaseMs })
      await doomed.commit({ mail: [doomed.letter()], sent: 1 })
      await doomed.commit({ suspect: { lane: doomed.incarnation, seq: 1 } })
      await doomed.commit({ suspect: null })
      await cluster().untilExpired()
      await steady.store.retireExpired({ incarnation: steady.incarnation })
      expect((await steady.mail())[0]?.rare?.crashes ?? 0).to.equal(0)
    })
  })
}
