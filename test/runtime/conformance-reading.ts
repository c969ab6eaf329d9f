import { expect } from 'chai'
import type { Mail } from '#runtime/message.ts'
import type { Position } from '#runtime/ports.ts'
import type { Cluster } from './conformance.ts'
import { idOf, member, type Member } from './conformance-member.ts'

export function describeMailReads(cluster: Cluster): void {
  describe('reading mail', () => {
    it('leaves out the own lane, which its node knows', async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      await one.commit({ mail: [one.letter()], sent: 1 })
      expect(await one.mail()).to.deep.equal([])
      expect((await other.mail()).length).to.equal(1)
    })

    it('brings the shards asked for, and the own letterbox', async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      const mail = [
        one.letter({ shard: 1 }),
        one.letter({ shard: 2 }),
        one.letter({ shard: -other.incarnation }),
      ]
      await one.commit({ mail: [...mail, one.letter({ shard: -999 })], sent: 4 })
      const read = await other.store.readMail({
        incarnation: other.incarnation,
        shards: [2, -other.incarnation],
        after: [],
        limit: 10,
      })
      expect(read.mail.map(({ shard }) => shard)).to.deep.equal([2, -other.incarnation])
    })

    it('goes on where the last read ended', async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      await one.commit({ mail: one.letters(2), sent: 2 })
      const first = await readOn(other, [])
      await one.commit({ mail: one.letters(1), sent: 3 })
      const second = await readOn(other, first.positions)
      expect(first.mail.map(({ seq }) => seq)).to.deep.equal([1, 2])
      expect(second.mail.map(({ seq }) => seq)).to.deep.equal([3])
      expect(second.positions).to.deep.include({ lane: one.incarnation, seq: 3 })
      expect([first.truncated, second.truncated]).to.deep.equal([false, false])
    })

    it('passes over what is for others', async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      await one.commit({ mail: [one.letter({ shard: 1 }), one.letter({ shard: 2 })], sent: 2 })
      const read = await other.store.readMail({
        incarnation: other.incarnation,
        shards: [1],
        after: [],
        limit: 10,
      })
      expect(read.mail.map(({ seq }) => seq)).to.deep.equal([1])
      expect(read.positions).to.deep.equal([{ lane: one.incarnation, seq: 2 }])
    })

    it('has no news of lanes where nothing is new', async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      await one.commit({ mail: one.letters(2), sent: 2 })
      const { positions } = await readOn(other, [])
      expect((await readOn(other, positions)).positions).to.deep.equal([])
    })

    it('brings several lanes in the order of their commits', async () => {
      const [one, two, reader] = [await member(cluster()), await member(cluster()), await member(cluster())]
      for (const sender of [two, one, two, one]) {
        await sender.commit({ mail: [sender.letter()], sent: sender.sent })
        await cluster().untilExpired()
      }
      const mail = await reader.mail()
      expect(mail.map(({ lane }) => lane)).to.deep.equal(
        [two, one, two, one].map(({ incarnation }) => incarnation),
      )
    }).timeout(10_000)

    it('still brings what a retired node has sent', async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      const letter = one.letter()
      await one.commit({ mail: [letter], sent: 1 })
      await one.store.leave({ incarnation: one.incarnation })
      expect((await other.mail()).map(idOf)).to.deep.equal([idOf(letter)])
    })
  })
}

export function describeTruncation(cluster: Cluster): void {
  describe('a read that a limit cuts', () => {
    /** One lane with much mail, then another lane that wrote later. */
    async function twoLanes() {
      const [busy, later, reader] = [
        await member(cluster()),
        await member(cluster()),
        await member(cluster()),
      ]
      await busy.commit({ mail: busy.letters(3), sent: 3 })
      await cluster().untilExpired()
      await busy.commit({ mail: busy.letters(3), sent: 6 })
      await cluster().untilExpired()
      await later.commit({ mail: later.letters(2), sent: 2 })
      return { busy, later, reader }
    }

    it('says so, and brings nothing later than the cut', async () => {
      const { busy, reader } = await twoLanes()
      const read = await readOn(reader, [], 4)
      expect(read.truncated).to.equal(true)
      expect(read.mail.map(idOf)).to.deep.equal([1, 2, 3, 4].map((seq) => ({ lane: busy.incarnation, seq })))
    })

    it('has a position in each lane that skips nothing', async () => {
      const { busy, later, reader } = await twoLanes()
      const { positions } = await readOn(reader, [], 4)
      expect(positions).to.deep.include({ lane: busy.incarnation, seq: 4 })
      expect(positions.map(({ lane }) => lane)).not.to.include(later.incarnation)
    })

    for (const limit of [1, 2, 3, 5]) {
      it(`brings everything once and in order, ${limit} at a time`, async () => {
        const { reader } = await twoLanes()
        const mail = await readAll(reader, limit)
        const inOrder = mail.toSorted((a, b) => a.sentAt - b.sentAt || a.lane - b.lane || a.seq - b.seq)
        expect(mail.length).to.equal(8)
        expect(new Set(mail.map(({ lane, seq }) => `${lane}:${seq}`)).size).to.equal(8)
        expect(mail).to.deep.equal(inOrder)
      })
    }

    it('loads shards in the same way', async () => {
      const { busy, reader } = await twoLanes()
      const load = { incarnation: busy.incarnation, shards: reader.everyShard(), limit: 4 }
      const first = await reader.store.loadShards({ ...load, after: [] })
      const second = await reader.store.loadShards({ ...load, after: first.positions })
      expect([first.truncated, second.truncated]).to.deep.equal([true, false])
      expect([...first.mail, ...second.mail].length).to.equal(8)
    })
  })
}

export function describeLoading(cluster: Cluster): void {
  describe('loading shards', () => {
    it('brings the mail of every lane, the own one included', async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      const [own, foreign] = [one.letter(), other.letter()]
      await one.commit({ mail: [own], sent: 1 })
      await other.commit({ mail: [foreign], sent: 1 })
      expect(await one.waiting()).to.have.deep.members([idOf(own), idOf(foreign)])
    })

    it('brings the shards asked for', async () => {
      const one = await member(cluster())
      await one.commit({ mail: [one.letter({ shard: 1 }), one.letter({ shard: 2 })], sent: 2 })
      const load = await one.store.loadShards({
        incarnation: one.incarnation,
        shards: [1],
        after: [],
        limit: 10,
      })
      expect(load.mail.map(({ shard }) => shard)).to.deep.equal([1])
    })

    it('brings the messages that wait for another attempt', async () => {
      const one = await member(cluster())
      const deferred = [
        one.deferred({ reason: 'retry', shard: 1, attempts: [{ at: 5, reason: 'no' }] }),
        one.deferred({ reason: 'retry', shard: 2 }),
        one.deferred({ reason: 'delay', shard: 1 }),
      ]
      await one.commit({ deferred, sent: 3 })
      const load = await one.store.loadShards({
        incarnation: one.incarnation,
        shards: [1],
        after: [],
        limit: 10,
      })
      expect(load.retries.map(({ seq, attempts }) => ({ seq, attempts }))).to.deep.equal([
        { seq: 1, attempts: [{ at: 5, reason: 'no' }] },
      ])
    })

    it('finds no marks on shards that were handed over', async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      await one.take()
      await one.store.releaseShards({ incarnation: one.incarnation, shards: [0] })
      await other.take()
      const load = await other.store.loadShards({
        incarnation: other.incarnation,
        shards: [0],
        after: [],
        limit: 10,
      })
      expect(load.crashed).to.deep.equal([])
    })
  })
}

function readOn(reader: Member, after: readonly Position[], limit = 1000) {
  return reader.store.readMail({ incarnation: reader.incarnation, shards: reader.everyShard(), after, limit })
}

async function readAll(reader: Member, limit: number): Promise<Mail[]> {
  const mail: Mail[] = []
  let after: readonly Position[] = []
  for (let reads = 0; reads < 20; reads += 1) {
    const read = await readOn(reader, after, limit)
    mail.push(...read.mail)
    after = advanced(after, read.positions)
    if (!read.truncated) return mail
  }
  throw new Error('the reads come to no end')
}

/** Positions are told for lanes with anything new; the others stay where they are. */
function advanced(from: readonly Position[], to: readonly Position[]): Position[] {
  const positions = new Map([...from, ...to].map(({ lane, seq }) => [lane, seq]))
  return [...positions].map(([lane, seq]) => ({ lane, seq }))
}
