import { expect } from 'chai'
import { seededRandom } from '#runtime/random.ts'
import { VirtualClock } from '#runtime/testing/virtual-clock.ts'

describe('the virtual clock', () => {
  function clockOf(seed = 1) {
    return new VirtualClock(seededRandom(seed))
  }

  it('runs events in the order of their times, and passes no time but theirs', async () => {
    const clock = clockOf()
    const seen: string[] = []
    for (const ms of [30, 10, 20]) clock.after(ms, () => seen.push(`${ms} at ${clock.now}`))
    await clock.runTo(25)
    expect(seen).to.deep.equal(['10 at 10', '20 at 20'])
    expect(clock.now).to.equal(25)
  })

  it('lets everything an event set off come to its end before the next event', async () => {
    const clock = clockOf()
    const seen: string[] = []
    clock.after(1, () => void longChain(100).then(() => seen.push('end of the chain')))
    clock.after(1.001, () => seen.push('next event'))
    await clock.runTo(2)
    expect(seen).to.deep.equal(['end of the chain', 'next event'])
  })

  it('runs nothing that was taken back', async () => {
    const clock = clockOf()
    const event = clock.after(1, () => expect.fail('it ran'))
    event.task = null
    await clock.runTo(2)
  })

  it('leaves the order within an instant to the seed', async () => {
    const orders = await Promise.all([1, 1, 2, 3, 4].map(orderWithSeed))
    expect(orders[0]).to.equal(orders[1])
    expect(new Set(orders).size).to.be.greaterThan(1)
  })

  it('notices that time stands still', async () => {
    const clock = clockOf()
    const again = (): void => void clock.after(0, again)
    again()
    const failure = await clock.runTo(1).catch((error: unknown) => String(error))
    expect(failure).to.include('time stands still')
  })

  async function orderWithSeed(seed: number): Promise<string> {
    const clock = clockOf(seed)
    const seen: number[] = []
    for (let event = 0; event < 6; event += 1) clock.at(5, () => seen.push(event))
    await clock.runTo(5)
    return seen.join('')
  }
})

async function longChain(links: number): Promise<void> {
  if (links > 0) await longChain(links - 1)
}
