import { expect } from 'chai'
import { QueueRoom } from '#server/fleet/queue-room.ts'
import { Refusal } from '#server/rest/refusal.ts'
import { useBorder } from '../link/border.ts'

const body = { tool: 'selftest.sleep' }

describe('a queue that may hold twenty jobs', () => {
  const border = useBorder({ queueMax: 20 })
  /** How many of so many submissions at once are taken; the others have to be refused for this reason. */
  async function takenOf(count: number): Promise<string[]> {
    const all = await Promise.all(
      Array.from({ length: count }, () => border.get.api.try('submitJob', { body })),
    )
    const refused = all.filter(({ status }) => status !== 201)
    for (const { status, body: problem } of refused) {
      expect(status).to.equal(429)
      expect(problem).to.include({ code: 'queue_full' })
    }
    return all.flatMap(({ status, body: job }) => (status === 201 ? [(job as { id: string }).id] : []))
  }

  it('takes twenty of a hundred that come at once, and as many as have left it after that', async () => {
    const taken = await takenOf(100)
    expect(taken).to.have.length(20)
    expect(await takenOf(5)).to.deep.equal([])
    for (const job of taken.slice(0, 7)) await border.get.api.ok('cancelJob', { params: { job }, body: {} })
    expect(await takenOf(30)).to.have.length(7)
  })
})

describe('the room in a queue', () => {
  let now = 5_000
  const roomFor = (max: number) => new QueueRoom(max, () => now)

  /** What is in the table, and how often it was counted. */
  class Table {
    readonly jobs = new Set<string>()
    counts = 0
    readonly count = async (except: readonly string[]) => {
      this.counts += 1
      // Others may do something before the answer is there.
      const found = [...this.jobs].filter((job) => !except.includes(job)).length
      await Promise.resolve()
      return found
    }
  }
  async function enter(room: QueueRoom, table: Table, job: string, writes = true) {
    const entry = room.entry('team')
    await entry.enter(job, table.count)
    if (writes) table.jobs.add(job)
    return entry
  }

  it('is seldom counted where there is plenty, and the more often the less is left', async () => {
    const [room, table] = [roomFor(10_000), new Table()]
    for (let number = 0; number < 1_000; number += 1) (await enter(room, table, `${number}`)).leave()
    expect(table.counts).to.equal(1)
    now += 1_000
    ;(await enter(room, table, 'later')).leave()
    expect(table.counts).to.equal(2)
    for (let number = 1_001; number < 10_000; number += 1) (await enter(room, table, `${number}`)).leave()
    expect(table.counts).to.be.below(100)
    expect(await enter(room, table, 'one more').catch((error: unknown) => error)).to.be.instanceOf(Refusal)
  })

  it('counts what is on its way once, written down or not', async () => {
    const [room, table] = [roomFor(3), new Table()]
    const written = await enter(room, table, 'written')
    const under = await enter(room, table, 'under way', false)
    await enter(room, table, 'last')
    expect(await enter(room, table, 'one more').catch((error: unknown) => error)).to.be.instanceOf(Refusal)
    written.leave()
    expect(await enter(room, table, 'one more').catch((error: unknown) => error)).to.be.instanceOf(Refusal)
    // It came to nothing.
    under.leave()
    await enter(room, table, 'one more')
  })

  it('is another one for each team', async () => {
    const [room, table] = [roomFor(1), new Table()]
    await enter(room, table, 'a')
    const other = new Table()
    await room.entry('other team').enter('b', other.count)
    expect([table.counts, other.counts]).to.deep.equal([1, 1])
  })

  it('can be counted again after a count that failed', async () => {
    const [room, table] = [roomFor(1), new Table()]
    const failing = () => Promise.reject(new Error('the database is away'))
    const error: unknown = await room
      .entry('team')
      .enter('a', failing)
      .catch((reason: unknown) => reason)
    expect(String(error)).to.include('the database is away')
    await enter(room, table, 'a')
  })
})
