import { expect } from 'chai'
import { kinds } from '#actors/index.ts'
import { agent } from '#actors/agent/messages.ts'
import { coordinator } from '#actors/coordinator/messages.ts'
import { classesMax, isWaitedFor, leftAfter, Memory } from '#actors/coordinator/memory.ts'
import type { Able, Head, Queue } from '#actors/coordinator/queue.ts'
import { rehearse } from '#runtime/testing/rehearse.ts'
import { idOf, team } from './fleet.ts'

const head = (job: string, name: string): Head => ({
  job,
  class: name,
  needs: name.startsWith('~') ? [] : name.split(' '),
  rank: 0,
  seq: 0,
  attempt: 0,
  boundTo: name.startsWith('~') ? name.slice(1) : null,
  place: null,
  passedOver: [],
})
const seen = (classes: string[], heads: Head[], bound: string[] = []) => ({ classes, bound, heads })
const memory = (given: Partial<Memory> = {}): Memory => ({ ...Memory.parse(undefined), ...given })
const none = new Set<string>()

describe('what a coordinator keeps in mind of what was left over', () => {
  it('is the classes of jobs that nobody had room for', () => {
    const heads = [head('j1', 'echo'), head('j2', 'gpu'), head('j3', '~a')]
    const after = leftAfter(memory(), seen(['echo', 'gpu'], heads), ['a'], new Set(['j1']))
    expect([after.left, after.leftMore]).to.deep.equal([['gpu', '~a'], false])
  })

  it('forgets a class that was looked at and has none left', () => {
    const before = memory({ left: ['echo', 'gpu'] })
    expect(leftAfter(before, seen(['gpu'], [head('j2', 'gpu')]), [], none).left).to.deep.equal(['gpu'])
  })

  it('keeps what was not looked at: jobs bound to agents that were not asked for', () => {
    const before = memory({ left: ['~a', '~b'] })
    expect(leftAfter(before, seen([], []), ['a'], none).left).to.deep.equal(['~b'])
  })

  it('goes on from where it was cut, and knows that there is more', () => {
    const names = Array.from({ length: classesMax }, (_, number) => `tool-${10 + number}`)
    const after = leftAfter(memory({ left: ['tool-99'] }), seen(names, []), [], none)
    expect([after.left, after.leftMore, after.from]).to.deep.equal([['tool-99'], true, names.at(-1)])
    const rest = leftAfter(memory({ left: ['tool-00'], from: 'tool-41' }), seen(['tool-41'], []), [], none)
    expect([rest.left, rest.leftMore, rest.from]).to.deep.equal([['tool-00'], true, ''])
  })

  it('finds by a sweep what it had lost sight of', () => {
    const swept = leftAfter(
      memory({ sweepFrom: '~', boundLeftMore: true }),
      seen([], [head('j', '~a')], ['~a']),
      [],
      none,
    )
    expect([swept.left, swept.boundLeftMore, swept.sweptTo]).to.deep.equal([['~a'], false, '~'])
  })

  it('says whether an agent is waited for', () => {
    const able = { agent: 'a', abilities: ['echo', 'gpu'], places: ['/a/'] }
    const waited = (left: string[]) => isWaitedFor({ left, leftMore: false, boundLeftMore: false }, able)
    expect([['echo gpu'], [''], ['~a']].map(waited)).to.deep.equal([true, true, true])
    expect([[], ['echo raw'], ['~b']].map(waited)).to.deep.equal([false, false, false])
    expect([['echo %%2Fa%2Fb%2F'], ['echo %%2Fb%2F'], ['echo %']].map(waited)).to.deep.equal([
      true,
      false,
      false,
    ])
    // What it needs is not to be seen from a class that says only its hash.
    expect(waited(['#5f2c'])).to.equal(true)
    expect(isWaitedFor({ left: [], leftMore: true, boundLeftMore: false }, able)).to.equal(true)
  })
})

describe('a look of a coordinator', () => {
  const [, , , kind] = kinds()
  const [who, id] = [idOf('agt'), idOf('job')]
  const able: Able = {
    agent: who,
    name: 'a',
    slots: 1,
    holding: [],
    abilities: ['echo'],
    places: [],
    liveness: 'healthy',
    success: 1,
    load: null,
    recent: 0,
    grantedAt: 0,
    shareTaken: 0,
  }
  const place = async (state: Partial<Memory>, queue: Partial<Queue>, now = 100_000) => {
    const asked: (readonly unknown[])[] = []
    if (!kind) throw new Error('there is no coordinator')
    const done = await rehearse(kind, coordinator.at(team).place(), memory(state), {
      now,
      sql: async (_text, params = []) => {
        // A sweep also asks for jobs whose folder has a deeper root by now.
        if (params.length === 2) return []
        asked.push(params)
        const found = {
          placement: 'offer',
          inFlight: [],
          classes: [],
          bound: [],
          heads: [],
          candidates: [],
          ...queue,
        }
        return [{ queue: JSON.stringify(found) }]
      },
    })
    return { ...done, asked: asked[0], memory: done.state as Memory }
  }

  it('gives away what it finds, and remembers it until the job has heard of it', async () => {
    const found = { classes: ['echo'], heads: [head(id, 'echo')], candidates: [able] }
    const { sent, memory: after } = await place({ placingSince: 1 }, found)
    expect(sent).to.deep.equal([agent.at(who).grant({ team, job: id, attempt: 1, bound: false })])
    expect(after.placed).to.deep.equal([{ job: id, attempt: 1, agent: who, at: 100_000 }])
    const later = await place(after, { inFlight: [] })
    expect(later.memory.placed).to.deep.equal([])
  })

  it('gives nothing away twice', async () => {
    const placed = [{ job: id, attempt: 1, agent: idOf('agt'), at: 99_000 }]
    const { sent, asked } = await place(
      { placed },
      { inFlight: [id], classes: ['echo'], heads: [head(id, 'echo')], candidates: [able] },
    )
    expect(sent).to.deep.equal([])
    expect(asked?.slice(0, 3)).to.deep.equal([team, [id], [1]])
  })

  it('gives again what has not arrived for half a minute', async () => {
    const placed = [{ job: id, attempt: 1, agent: idOf('agt'), at: 60_000 }]
    const { sent } = await place(
      { placed },
      { inFlight: [id], classes: ['echo'], heads: [head(id, 'echo')], candidates: [able] },
    )
    expect(sent).to.have.length(1)
  })

  it('is followed by a look at everything, as long as something is left over', async () => {
    const { timers, memory: after } = await place({}, { classes: ['gpu'], heads: [head(id, 'gpu')] })
    expect(timers.map(({ name, due }) => [name, due])).to.deep.equal([['sweep', 110_000]])
    if (!kind) throw new Error('there is no coordinator')
    const swept = await rehearse(kind, coordinator.at(team).sweep(), after, { now: 110_000 })
    const { asked } = await place(swept.state as Memory, {})
    expect(asked?.[6]).to.equal('~')
  })

  it('asks for no more than its limits', async () => {
    const wanted = Array.from({ length: 300 }, () => idOf('agt'))
    const { asked, sent } = await place({ wanted }, {})
    expect(asked?.[3]).to.have.length(128)
    expect(asked?.slice(7)).to.deep.equal([classesMax, 128])
    expect(sent).to.deep.equal([coordinator.at(team).place()])
  })
})
