import { expect } from 'chai'
import type { Commit } from '#runtime/ports.ts'
import { startCheckers, type Violation } from '#runtime/testing/checkers/checkers.ts'
import { MemoryDatabase } from '#runtime/testing/memory/database.ts'
import { historyRow, idOf, Member } from './conformance-member.ts'

describe('the checkers', () => {
  it('find nothing where every rule is kept', async () => {
    const { one, run, violations, finish } = await checked()
    const letter = one.letter({ sender: 'note/two', senderTurn: 1 })
    await run({ history: [historyRow({ key: 'two', patch: null, seq: 0 })], mail: [letter], sent: 1 })
    await run({ settledMail: [idOf(letter)], history: [turnOf(letter, 1, { n: 1 })], states: [one.write()] })
    finish()
    expect(violations).to.deep.equal([])
  })

  it('find a message that is deleted without being handled', async () => {
    const { one, run, rules } = await checked()
    const letter = one.letter()
    await run({ mail: [letter], sent: 1 })
    await run({ settledMail: [idOf(letter)] })
    expect(rules()).to.deep.equal(['exactly once'])
  })

  it('find a message that is handled twice', async () => {
    const { one, run, rules } = await checked()
    const letter = one.letter()
    await run({ mail: [letter], sent: 1 })
    const turns = [turnOf(letter, 1, { n: 1 }), turnOf(letter, 2, { n: 2 })]
    await run({
      settledMail: [idOf(letter)],
      history: turns,
      states: [one.write({ turn: 2, state: '{"n":2}' })],
    })
    expect(rules()).to.deep.equal(['exactly once'])
  })

  it('find a message in a place of its lane that was used before', async () => {
    const { one, run, rules } = await checked()
    await run({ sent: 5 })
    await run({ mail: [one.letter()], sent: 5 })
    expect(rules()).to.deep.equal(['exactly once'])
  })

  it('find a message that vanishes from the tables', async () => {
    const { database, one, run, rules, finish } = await checked()
    await run({ mail: [one.letter()], sent: 1 })
    database.mail.clear()
    finish()
    expect(rules()).to.deep.equal(['exactly once'])
  })

  it('find two messages of one sender in the wrong order', async () => {
    const { one, run, rules } = await checked()
    const letters = one.letters(2, { sender: 'note/two', senderTurn: 1 })
    await run({ history: [historyRow({ key: 'two', patch: null, seq: 0 })], mail: letters, sent: 2 })
    const turns = letters.toReversed().map((letter, at) => turnOf(letter, at + 1, { n: 1 }))
    await run({ settledMail: letters.map(idOf), history: turns, states: [one.write({ turn: 2 })] })
    expect(rules()).to.deep.equal(['order'])
  })

  it('find a message that overtakes one that is to be tried again', async () => {
    const { one, run, rules } = await checked()
    const letters = one.letters(2, { sender: 'note/two', senderTurn: 1 })
    const [first, second] = letters
    if (!first || !second) return
    await run({ history: [historyRow({ key: 'two', patch: null, seq: 0 })], mail: letters, sent: 2 })
    const failed = { ...turnOf(first, 1, {}), state: null, failure: 'it broke' }
    const retry = { ...one.deferred({ ...first, reason: 'retry' }), attempts: [] }
    await run({ settledMail: [idOf(first)], history: [failed], deferred: [retry] })
    await run({ settledMail: [idOf(second)], history: [turnOf(second, 1, { n: 1 })], states: [one.write()] })
    expect(rules()).to.deep.equal(['order'])
  })

  it("find a node that writes what is another's", async () => {
    const { other, rules } = await checked()
    await other.commit({ states: [other.write()] })
    expect(rules()).to.deep.equal(['one owner'])
  })

  it('find a state that history does not explain', async () => {
    const { one, run, rules } = await checked()
    await run({
      history: [historyRow({ state: '{"n":1}', seq: 0 })],
      states: [one.write({ state: '{"n":1}' })],
    })
    const patch = historyRow({ turn: 2, patch: '{"n":2}', seq: 0 })
    await run({ history: [patch], states: [one.write({ was: 1, turn: 2, state: '{"n":3}' })] })
    expect(rules()).to.deep.equal(['state is the fold of history'])
  })

  it('find a gap in the turns', async () => {
    const { one, run, rules } = await checked()
    await run({ history: [historyRow({ state: '{"n":1}', seq: 0 })], states: [one.write()] })
    await run({
      history: [historyRow({ turn: 3, patch: null, seq: 0 })],
      states: [one.write({ was: 1, turn: 3 })],
    })
    expect(rules()).to.deep.equal(['state is the fold of history'])
  })

  it('find a timer that was forgotten', async () => {
    const { one, run, rules, finish } = await checked()
    await run({ deferred: [one.deferred({ reason: 'timer', name: 'tick', due: 1 })], sent: 1 })
    finish()
    expect(rules()).to.deep.equal(['no lost timer'])
  })

  function turnOf(
    letter: { key: string; lane: number; seq: number; sender: string | null; senderTurn: number },
    turn: number,
    state: object,
  ) {
    const { key, lane, seq, sender, senderTurn } = letter
    return historyRow({ key, lane, seq, sender, senderTurn, turn, state: JSON.stringify(state), patch: null })
  }

  async function checked() {
    const violations: Violation[] = []
    const database = new MemoryDatabase({ now: () => 1_000_000, shards: 8 })
    const checkers = startCheckers(database, (violation) => violations.push(violation))
    const store = database.connect()
    const one = new Member(store, await store.join({ name: 'one', leaseMs: 1_000 }))
    const other = new Member(store, await store.join({ name: 'other', leaseMs: 1_000 }))
    await one.take()
    const run = (parts: Partial<Commit>) => one.commit(parts)
    return {
      database,
      one,
      other,
      run,
      violations,
      finish: () => checkers.finish(),
      rules: () => violations.map(({ rule }) => rule),
    }
  }
})
