import { expect } from 'chai'
import { CommitRejected } from '#runtime/errors.ts'
import type { Cluster } from './conformance.ts'
import { allShards, deadLetter, failureOf, idOf, member } from './conformance-member.ts'

export function describeTimers(cluster: Cluster): void {
  describe('put-off mail', () => {
    it('keeps its identity when it moves out of the mail, and when it is put off again', async () => {
      const one = await member(cluster())
      const letter = one.letter({ rare: { priority: 1 } })
      await one.commit({ mail: [letter], sent: 1 })
      const first = one.deferred({ ...letter, reason: 'retry', attempts: [{ at: 1, reason: 'once' }] })
      await one.commit({ settledMail: [idOf(letter)], deferred: [first] })
      const second = { ...first, due: 2000, attempts: [...first.attempts, { at: 2, reason: 'twice' }] }
      await one.commit({ settledDeferred: [idOf(letter)], deferred: [second] })
      const [row] = await one.putOff()
      expect(row).to.deep.include({
        lane: letter.lane,
        seq: letter.seq,
        due: 2000,
        reason: 'retry',
        rare: { priority: 1 },
      })
      expect(row?.attempts).to.deep.equal(second.attempts)
      expect(await one.waiting()).to.deep.equal([])
    })

    it('is settled once', async () => {
      const one = await member(cluster())
      const deferred = one.deferred()
      await one.commit({ deferred: [deferred] })
      await one.commit({ settledDeferred: [idOf(deferred)] })
      expect(await one.putOff()).to.deep.equal([])
      expect(await failureOf(one.commit({ settledDeferred: [idOf(deferred)] }))).to.be.instanceOf(
        CommitRejected,
      )
    })

    it('is not there twice', async () => {
      const one = await member(cluster())
      const deferred = one.deferred()
      await one.commit({ deferred: [deferred] })
      expect(await failureOf(one.commit({ deferred: [deferred] }))).to.be.instanceOf(CommitRejected)
    })

    it('is read in the order of due, lane and place, from a time on and up to a limit', async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      const dues = [300, 100, 200, 200]
      await one.commit({ deferred: dues.map((due) => one.deferred({ due })), sent: 4 })
      await other.commit({ deferred: [other.deferred({ due: 200 })], sent: 1 })
      const read = async (from: number, limit: number) => {
        const rows = await one.store.readDeferred({ shards: one.everyShard(), from, limit })
        return rows.map(({ due, lane, seq }) => [due, lane === one.incarnation ? 'one' : 'other', seq])
      }
      const all = [
        [100, 'one', 2],
        [200, 'one', 3],
        [200, 'one', 4],
        [200, 'other', 1],
        [300, 'one', 1],
      ]
      expect(await read(0, 10)).to.deep.equal(all)
      expect(await read(200, 2)).to.deep.equal(all.slice(1, 3))
    })

    it('is read for the shards asked for', async () => {
      const one = await member(cluster())
      await one.commit({ deferred: [one.deferred({ shard: 1 }), one.deferred({ shard: 2 })], sent: 2 })
      const rows = await one.store.readDeferred({ shards: [2], from: 0, limit: 10 })
      expect(rows.map(({ shard }) => shard)).to.deep.equal([2])
    })

    it('of a parked actor is mail again when the actor resumes, and no other is', async () => {
      const one = await member(cluster())
      const rows = [
        one.deferred({ reason: 'parked', sentAt: 5_000 }),
        one.deferred({ reason: 'parked', key: 'two' }),
        one.deferred({ reason: 'delay' }),
      ]
      await one.commit({ deferred: rows, sent: 3 })
      await one.commit({ resumed: [{ kind: 'note', key: 'one' }] })
      expect((await one.putOff()).map(({ seq }) => seq)).to.have.members([2, 3])
      const other = await member(cluster())
      const mail = await other.mail()
      expect(mail.map(({ seq, sentAt, rare }) => ({ seq, sentAt, rare }))).to.deep.equal([
        { seq: 1, sentAt: 5_000, rare: null },
      ])
    })

    it('of a parked actor that came of a timer that repeats is a timer again, which rings at once', async () => {
      const one = await member(cluster())
      const parked = { reason: 'parked', due: 9e12 } as const
      const tick = one.deferred({ ...parked, name: 'tick', repeat: '60000' })
      await one.commit({ deferred: [tick, one.deferred({ ...parked, name: 'tick', key: 'two' })], sent: 2 })
      const { at } = await one.commit({ resumed: [{ kind: 'note', key: 'one' }] })
      const rows = (await one.putOff()).map(({ seq, reason, name, repeat, due }) => [
        seq,
        reason,
        name,
        repeat,
        due,
      ])
      expect(rows).to.have.deep.members([
        [1, 'timer', 'tick', '60000', at],
        [2, 'parked', 'tick', null, 9e12],
      ])
      expect(await (await member(cluster())).mail()).to.deep.equal([])
    })

    it('of a parked actor remembers its attempts when it is mail again', async () => {
      const one = await member(cluster())
      const attempts = [{ at: 1, reason: 'once' }]
      await one.commit({
        deferred: [one.deferred({ reason: 'parked', attempts, rare: { priority: 2 } })],
        sent: 1,
      })
      await one.commit({ resumed: [{ kind: 'note', key: 'one' }] })
      const other = await member(cluster())
      expect((await other.mail())[0]?.rare).to.deep.equal({ priority: 2, redrives: { count: 0, attempts } })
    })

    it('of a parked actor remembers the attempts before a redrive, too', async () => {
      const one = await member(cluster())
      const [first, second] = [
        { at: 1, reason: 'once' },
        { at: 2, reason: 'twice' },
      ] as const
      const rare = { redrives: { count: 3, attempts: [first] } }
      await one.commit({ deferred: [one.deferred({ reason: 'parked', attempts: [second], rare })], sent: 1 })
      await one.commit({ resumed: [{ kind: 'note', key: 'one' }] })
      const other = await member(cluster())
      expect((await other.mail())[0]?.rare).to.deep.equal({
        redrives: { count: 3, attempts: [first, second] },
      })
    })

    for (const [what, input] of [
      ['JSON', 1n],
      ['Postgres', 'a\0b'],
    ] as const) {
      it(`is refused where ${what} can not hold what it carries`, async () => {
        const one = await member(cluster())
        const rare = { offload: { task: 'work', input } }
        const refused = one.commit({ states: [one.write()], deferred: [one.deferred({ rare })], sent: 1 })
        expect(await failureOf(refused)).to.be.instanceOf(CommitRejected)
        expect([await one.state(), await one.putOff()]).to.deep.equal([undefined, []])
      })
    }

    it('goes on where its actor resumes', async () => {
      const one = await member(cluster())
      await one.commit({ states: [one.write({ parked: true }), one.write({ key: 'two', parked: true })] })
      await one.commit({ resumed: [{ kind: 'note', key: 'one' }] })
      const states = [await one.state('one'), await one.state('two')]
      expect(states.map((row) => [row?.turn, row?.parked])).to.deep.equal([
        [1, false],
        [1, true],
      ])
    })
  })

  describe('a timer', () => {
    it('has a name of its own within its actor', async () => {
      const one = await member(cluster())
      await one.commit({ deferred: [one.deferred({ reason: 'timer', name: 'tick' })], sent: 1 })
      const again = one.commit({ deferred: [one.deferred({ reason: 'timer', name: 'tick' })], sent: 2 })
      expect(await failureOf(again)).to.be.instanceOf(CommitRejected)
      const elsewhere = { reason: 'timer', name: 'tick', key: 'two' } as const
      await one.commit({
        deferred: [one.deferred(elsewhere), one.deferred({ reason: 'timer', name: 'tock' })],
        sent: 4,
      })
    })

    it('is taken back, whether it is set or not', async () => {
      const one = await member(cluster())
      await one.commit({ deferred: [one.deferred({ reason: 'timer', name: 'tick' })], sent: 1 })
      const cancelled = ['tick', 'never set'].map((name) => ({ kind: 'note', key: 'one', name }))
      await one.commit({ cancelled })
      expect(await one.putOff()).to.deep.equal([])
    })

    it('may wait for another attempt while its next time is set, and is taken back with it', async () => {
      const one = await member(cluster())
      const [retry, next] = (['retry', 'timer'] as const).map((reason) =>
        one.deferred({ reason, name: 'tick' }),
      )
      const others = [one.deferred({ reason: 'retry', name: 'tock' }), one.deferred({ reason: 'retry' })]
      await one.commit({ deferred: [retry, next, ...others].filter((row) => row !== undefined), sent: 4 })
      expect((await one.putOff()).map(({ name }) => name)).to.deep.equal(['tick', 'tick', 'tock', null])
      await one.commit({ cancelled: [{ kind: 'note', key: 'one', name: 'tick' }] })
      expect((await one.putOff()).map(({ name }) => name)).to.deep.equal(['tock', null])
    })

    it('waits for one other attempt at a time', async () => {
      const one = await member(cluster())
      await one.commit({ deferred: [one.deferred({ reason: 'retry', name: 'tick' })], sent: 1 })
      const again = one.commit({ deferred: [one.deferred({ reason: 'retry', name: 'tick' })], sent: 2 })
      expect(await failureOf(again)).to.be.instanceOf(CommitRejected)
    })

    it('is replaced', async () => {
      const one = await member(cluster())
      const [first, second] = [1000, 2000].map((due) => one.deferred({ reason: 'timer', name: 'tick', due }))
      await one.commit({ deferred: first ? [first] : [], sent: 1 })
      await one.commit({
        cancelled: [{ kind: 'note', key: 'one', name: 'tick' }],
        deferred: second ? [second] : [],
        sent: 2,
      })
      expect((await one.putOff()).map(({ due }) => due)).to.deep.equal([2000])
    })

    it('may be handled and set again in one commit', async () => {
      const one = await member(cluster())
      const [fired, next] = [
        one.deferred({ reason: 'timer', name: 'tick' }),
        one.deferred({ reason: 'timer', name: 'tick' }),
      ]
      await one.commit({ deferred: [fired], sent: 1 })
      const cancelled = [{ kind: 'note', key: 'one', name: 'tick' }]
      await one.commit({ settledDeferred: [idOf(fired)], cancelled, deferred: [next], sent: 2 })
      expect((await one.putOff()).map(({ seq }) => seq)).to.deep.equal([2])
    })
  })
}

export function describeAnswers(cluster: Cluster): void {
  describe('the answer of a request', () => {
    it('is kept, and told to whoever asks', async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      await one.commit({ answered: [{ requestId: 'r1', answer: '{"ok":true,"value":7}' }] })
      const answers = await other.store.readAnswers(['r1', 'r2'])
      expect(answers.map(({ requestId, answer }) => [requestId, JSON.parse(answer)])).to.deep.equal([
        ['r1', { ok: true, value: 7 }],
      ])
    })

    it('is given once', async () => {
      const one = await member(cluster())
      await one.commit({ answered: [{ requestId: 'r1', answer: '{"ok":true}' }] })
      const again = one.commit({
        answered: [{ requestId: 'r1', answer: '{"ok":false}' }],
        states: [one.write()],
      })
      expect(await failureOf(again)).to.be.instanceOf(CommitRejected)
      expect(await one.state()).to.equal(undefined)
    })

    it('is forgotten in time, as are dedupe keys', async () => {
      const one = await member(cluster())
      await one.commit({
        answered: [{ requestId: 'r1', answer: '{"ok":true}' }],
        mail: [one.letter({ dedupe: 'd1' })],
        sent: 1,
      })
      await one.store.tidy({ historyMs: 3_600_000, answersMs: 3_600_000, historyMaxBytes: null })
      expect((await one.store.readAnswers(['r1'])).length).to.equal(1)
      await cluster().untilExpired()
      await one.store.tidy({ historyMs: 3_600_000, answersMs: 1, historyMaxBytes: null })
      expect(await one.store.readAnswers(['r1'])).to.deep.equal([])
      expect((await one.commit({ mail: [one.letter({ dedupe: 'd1' })], sent: 2 })).duplicates).to.deep.equal(
        [],
      )
    })
  })
}

export function describePosted(cluster: Cluster): void {
  describe('mail that plain SQL sent', () => {
    async function posted() {
      const one = await member(cluster())
      await cluster().post({ kind: 'note', key: 'one', type: 'add', body: '{"by":1}' })
      await cluster().post({ kind: 'note', key: 'one', type: 'add', body: '{"by":2}' })
      return { one, rows: await one.store.readPosted({ shards: one.everyShard(), limit: 10 }) }
    }

    it('is read in order, by shard and up to a limit', async () => {
      const { one, rows } = await posted()
      const letter = one.letter()
      expect(
        rows.map(({ kind, key, type, body, due, shard }) => ({
          kind,
          key,
          type,
          body: JSON.parse(body),
          due,
          shard,
        })),
      ).to.deep.equal([
        { kind: 'note', key: 'one', type: 'add', body: { by: 1 }, due: null, shard: letter.shard },
        { kind: 'note', key: 'one', type: 'add', body: { by: 2 }, due: null, shard: letter.shard },
      ])
      const others = one.everyShard().filter((shard) => shard !== letter.shard)
      expect(await one.store.readPosted({ shards: others, limit: 10 })).to.deep.equal([])
      expect(await one.store.readPosted({ shards: one.everyShard(), limit: 1 })).to.deep.equal(
        rows.slice(0, 1),
      )
    })

    it("is announced to its shard's owner", async () => {
      const { one } = await posted()
      expect((await one.sweep()).posted).to.equal(false)
      await one.take(allShards)
      expect((await one.sweep()).posted).to.equal(true)
    })

    it('is taken over once', async () => {
      const { one, rows } = await posted()
      const ids = rows.map(({ id }) => id)
      await one.commit({ posted: ids.slice(0, 1), mail: [one.letter()], sent: 1 })
      expect(
        (await one.store.readPosted({ shards: one.everyShard(), limit: 10 })).map(({ id }) => id),
      ).to.deep.equal(ids.slice(1))
      expect(await failureOf(one.commit({ posted: ids, mail: [one.letter()], sent: 2 }))).to.be.instanceOf(
        CommitRejected,
      )
    })
  })
}

export function describeDeadLetters(cluster: Cluster): void {
  describe('a dead letter', () => {
    const everything = { limit: 100 }

    it('is kept as it was', async () => {
      const one = await member(cluster())
      const rare = { priority: -2, requestId: 'r', offload: { task: 'work', input: { on: [1, null] } } }
      const letter = deadLetter({ sender: 'note/two', senderTurn: 4, redriven: 1, rare })
      const { at } = await one.commit({ dead: [letter] })
      const [row] = await one.store.readDead(everything)
      expect({ ...row, body: JSON.parse(row?.body ?? '') }).to.deep.equal({
        ...letter,
        body: { by: 1 },
        id: row?.id,
        at,
      })
    })

    it('is found by what it is', async () => {
      const one = await member(cluster())
      const dead = [
        deadLetter({ key: 'a', cause: 'refused' }),
        deadLetter({ key: 'b', type: 'reset' }),
        deadLetter({ kind: 'other', key: 'a' }),
      ]
      await one.commit({ dead })
      const found = async (filter: object) =>
        (await one.store.readDead({ ...everything, ...filter })).map(({ kind, key }) => `${kind}/${key}`)
      expect(await found({})).to.have.members(['note/a', 'note/b', 'other/a'])
      expect(await found({ kind: 'note' })).to.have.members(['note/a', 'note/b'])
      expect(await found({ key: 'a' })).to.have.members(['note/a', 'other/a'])
      expect(await found({ type: 'reset' })).to.deep.equal(['note/b'])
      expect(await found({ cause: 'refused' })).to.deep.equal(['note/a'])
      expect(await found({ kind: 'nothing' })).to.deep.equal([])
    })

    it('is read page by page, and by its number', async () => {
      const one = await member(cluster())
      await one.commit({ dead: ['a', 'b', 'c'].map((key) => deadLetter({ key })) })
      const first = await one.store.readDead({ limit: 2 })
      const rest = await one.store.readDead({ limit: 2, after: first.at(-1)?.id ?? 0 })
      expect([...first, ...rest].map(({ key }) => key)).to.have.members(['a', 'b', 'c'])
      const ids = rest.map(({ id }) => id)
      expect(await one.store.readDead({ ...everything, ids })).to.deep.equal(rest)
    })

    it('is revived once', async () => {
      const one = await member(cluster())
      await one.commit({ dead: [deadLetter()] })
      const revived = (await one.store.readDead(everything)).map(({ id }) => id)
      await one.commit({ revived, mail: [one.letter()], sent: 1 })
      expect(await one.store.readDead(everything)).to.deep.equal([])
      expect(await failureOf(one.commit({ revived, mail: [one.letter()], sent: 2 }))).to.be.instanceOf(
        CommitRejected,
      )
    })
  })
}
