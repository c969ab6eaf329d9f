import { expect } from 'chai'
import { CommitRejected, Fenced } from '#runtime/errors.ts'
import type { Cluster } from './conformance.ts'
import { failureOf, idOf, member } from './conformance-member.ts'

export function describeCommit(cluster: Cluster): void {
  describe('a commit', () => {
    it('must bear the next number', async () => {
      const one = await member(cluster())
      await one.commit()
      for (const group of [0, 1, 3]) {
        expect(await failureOf(one.store.commit(one.draft({ group })))).to.be.instanceOf(Fenced)
      }
      await one.commit()
    })

    it('sends mail, dated by the database', async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      const letter = one.letter({ sender: 'note/two', senderTurn: 7, rare: { priority: 2 } })
      const { at } = await one.commit({ mail: [letter], sent: 1 })
      const [read] = await other.mail()
      expect({ ...read, body: JSON.parse(read?.body ?? '') }).to.deep.equal({
        ...letter,
        sentAt: at,
        body: { by: 1 },
      })
    })

    it('settles mail once', async () => {
      const [one, other] = [await member(cluster()), await member(cluster())]
      const letter = one.letter()
      await one.commit({ mail: [letter], sent: 1 })
      await other.commit({ settledMail: [idOf(letter)] })
      expect(await other.waiting()).to.deep.equal([])
      expect(await failureOf(other.commit({ settledMail: [idOf(letter)] }))).to.be.instanceOf(CommitRejected)
    })

    it('can not settle the same message twice at once', async () => {
      const one = await member(cluster())
      const letter = one.letter()
      await one.commit({ mail: [letter], sent: 1 })
      const twice = [idOf(letter), idOf(letter)]
      expect(await failureOf(one.commit({ settledMail: twice }))).to.be.instanceOf(CommitRejected)
    })

    it('does nothing where one of its messages is gone', async () => {
      const one = await member(cluster())
      const [letter, reply] = [one.letter(), one.letter()]
      await one.commit({ mail: [letter], sent: 1 })
      const parts = {
        states: [one.write()],
        mail: [reply],
        answered: [{ requestId: 'r', answer: '{"ok":true}' }],
        sent: 2,
      }
      const settledMail = [idOf(letter), { lane: one.incarnation, seq: 99 }]
      expect(await failureOf(one.commit({ ...parts, settledMail }))).to.be.instanceOf(CommitRejected)
      expect(await one.state()).to.equal(undefined)
      expect(await one.store.readAnswers(['r'])).to.deep.equal([])
      expect(await one.waiting()).to.deep.equal([idOf(letter)])
    })

    it('may be made again with the same number after it was rejected', async () => {
      const one = await member(cluster())
      expect(await failureOf(one.commit({ settledMail: [{ lane: 1, seq: 99 }] }))).to.be.instanceOf(
        CommitRejected,
      )
      await one.commit({ states: [one.write()] })
      expect((await one.state())?.turn).to.equal(1)
    })

    it('inserts a deduplicated message once, and says so', async () => {
      const one = await member(cluster())
      const [first, again, other] = [
        one.letter({ dedupe: 'd1' }),
        one.letter({ dedupe: 'd1' }),
        one.letter({ dedupe: 'd2' }),
      ]
      expect((await one.commit({ mail: [first], sent: 1 })).duplicates).to.deep.equal([])
      const { duplicates } = await one.commit({ mail: [again, other], sent: 3 })
      expect(duplicates).to.deep.equal(['d1'])
      expect(await one.waiting()).to.deep.equal([idOf(first), idOf(other)])
    })

    it('remembers a dedupe key after its message was handled', async () => {
      const one = await member(cluster())
      const [first, again] = [one.letter({ dedupe: 'd1' }), one.letter({ dedupe: 'd1' })]
      await one.commit({ mail: [first], sent: 1 })
      await one.commit({ settledMail: [idOf(first)] })
      expect((await one.commit({ mail: [again], sent: 2 })).duplicates).to.deep.equal(['d1'])
      expect(await one.waiting()).to.deep.equal([])
    })
  })

  describe('a commit whose answer was lost', () => {
    it('is resolved as committed where it was', async () => {
      const one = await member(cluster())
      await one.store.commit(one.draft({ states: [one.write()] }))
      const resolved = await one.store.resolve({ incarnation: one.incarnation, group: 1 })
      expect(resolved).to.deep.equal({ committed: true, group: 1 })
      one.group = resolved.group
      await one.commit()
    })

    it('is resolved as not committed where it was not, and never can be from then on', async () => {
      const one = await member(cluster())
      await one.commit()
      const zombie = one.draft({ states: [one.write()] })
      const resolved = await one.store.resolve({ incarnation: one.incarnation, group: 2 })
      expect(resolved.committed).to.equal(false)
      expect(await failureOf(one.store.commit(zombie))).to.be.instanceOf(Fenced)
      expect(await one.state()).to.equal(undefined)
      one.group = resolved.group
      await one.commit({ states: [one.write()] })
    })

    it('is resolved in the same way however often one asks', async () => {
      const one = await member(cluster())
      const resolve = () => one.store.resolve({ incarnation: one.incarnation, group: one.group + 1 })
      const [first, second] = [await resolve(), await resolve()]
      expect(second).to.deep.equal(first)
      one.group = first.group
      await one.store.commit(one.draft())
      const [third, fourth] = [await resolve(), await resolve()]
      expect([third.committed, fourth]).to.deep.equal([true, third])
    })
  })
}

export function describeStates(cluster: Cluster): void {
  describe("an actor's state", () => {
    it('is written and read', async () => {
      const one = await member(cluster())
      await one.commit({ states: [one.write({ state: '{"n":1,"deep":{"list":[1,"é"]}}' })] })
      const row = await one.state()
      expect({ ...row, past: null, state: JSON.parse(row?.state ?? '') }).to.deep.equal({
        kind: 'note',
        key: 'one',
        turn: 1,
        parked: false,
        past: null,
        state: { n: 1, deep: { list: [1, 'é'] } },
      })
    })

    it('is written on the turn it builds on, and on no other', async () => {
      const one = await member(cluster())
      await one.commit({ states: [one.write({ turn: 3 })] })
      for (const was of [0, 2, 4]) {
        const call = one.commit({ states: [one.write({ was, turn: 5, state: '{"n":5}' })] })
        expect(await failureOf(call)).to.be.instanceOf(CommitRejected)
      }
      await one.commit({ states: [one.write({ was: 3, turn: 5, state: '{"n":5}' })] })
      expect((await one.state())?.turn).to.equal(5)
    })

    it('must be there to be built on', async () => {
      const one = await member(cluster())
      expect(await failureOf(one.commit({ states: [one.write({ was: 1, turn: 2 })] }))).to.be.instanceOf(
        CommitRejected,
      )
    })

    it('is removed, and can begin anew', async () => {
      const one = await member(cluster())
      await one.commit({ states: [one.write()] })
      await one.commit({ states: [one.write({ was: 1, turn: 2, state: null })] })
      expect(await one.state()).to.equal(undefined)
      await one.commit({ states: [one.write({ was: 0, turn: 1 })] })
      expect((await one.state())?.turn).to.equal(1)
    })

    it('can not be removed on a wrong turn', async () => {
      const one = await member(cluster())
      await one.commit({ states: [one.write()] })
      const call = one.commit({ states: [one.write({ was: 2, turn: 3, state: null })] })
      expect(await failureOf(call)).to.be.instanceOf(CommitRejected)
    })

    it('is parked and resumed', async () => {
      const one = await member(cluster())
      await one.commit({ states: [one.write({ parked: true })] })
      expect((await one.state())?.parked).to.equal(true)
      await one.commit({ states: [one.write({ was: 1, turn: 2, parked: false })] })
      expect((await one.state())?.parked).to.equal(false)
    })

    it('is refused where it is nothing that jsonb can hold', async () => {
      const one = await member(cluster())
      for (const state of ['{', '', '{"n":"\\u0000"}', '{"n":"\\ud800"}']) {
        expect(await failureOf(one.commit({ states: [one.write({ state })] })), state).to.be.instanceOf(
          CommitRejected,
        )
      }
      await one.commit({ states: [one.write({ state: '{"n":"\\\\u0000 \\u00e9"}' })] })
      expect(JSON.parse((await one.state())?.state ?? '')).to.deep.equal({ n: '\\u0000 é' })
    })

    it('is refused with everything else in its group', async () => {
      const one = await member(cluster())
      const states = [one.write({ key: 'good' }), one.write({ key: 'bad', state: '{"n":"\\u0000"}' })]
      expect(await failureOf(one.commit({ states }))).to.be.instanceOf(CommitRejected)
      expect(await one.state('good')).to.equal(undefined)
    })

    it('is read for the actors asked for, where they have one', async () => {
      const one = await member(cluster())
      await one.commit({
        states: [one.write({ key: 'a' }), one.write({ key: 'b' }), one.write({ key: 'c' })],
      })
      const actors = ['a', 'c', 'nobody'].map((key) => ({ kind: 'note', key }))
      const rows = await one.store.readStates({ actors })
      expect(rows.map(({ key }) => key)).to.have.members(['a', 'c'])
    })
  })
}
