import { expect } from 'chai'
import * as fc from 'fast-check'
import type { Delta, Position, Snapshot } from '#specs/live.ts'
import { followed, unfollowed, type Following, type Happening } from '#web/live/following.ts'
import { agentsMerging, type Agents } from '#web/live/merge.ts'
import { sampleAgent } from '../e2e/support/samples.ts'

type State = Following<Agents, 'agents'>
type AgentsDelta = Extract<Delta, { topic: 'agents' }>
const agent = sampleAgent()

function at(version: number, epoch = 'one'): Position {
  return { epoch, version }
}
function delta(version: number, name: string, epoch = 'one'): AgentsDelta {
  return { topic: 'agents', at: at(version, epoch), changed: [{ ...agent, version, name }], removed: [] }
}
function snapshot(version: number, name: string, epoch = 'one'): Extract<Snapshot, { topic: 'agents' }> {
  return { topic: 'agents', at: at(version, epoch), agents: [{ ...agent, version, name }] }
}
function after(...happenings: Happening<Agents, 'agents'>[]): State {
  return happenings.reduce<State>((now, happening) => followed(agentsMerging, now, happening), unfollowed)
}
function nameIn({ value }: State): string | undefined {
  return value?.get(agent.id)?.name
}
const up = { kind: 'up' } as const
const down = { kind: 'down' } as const
const told = (version: number, name: string, epoch?: string) =>
  ({ kind: 'delta', delta: delta(version, name, epoch) }) as const
const answer = (version: number, name: string, epoch?: string) =>
  ({ kind: 'answer', answer: snapshot(version, name, epoch) }) as const
const resumed = (...deltas: AgentsDelta[]) => ({ kind: 'answer', answer: { resumed: deltas } }) as const

describe('following a topic', () => {
  it('asks when the connection is there, and is live with the answer', () => {
    expect(after(up)).to.include({ phase: 'asking', asked: 1 })
    const live = after(up, answer(4, 'a'))
    expect(live.phase).to.equal('live')
    expect(nameIn(live)).to.equal('a')
  })

  it('takes the next delta', () => {
    expect(nameIn(after(up, answer(4, 'a'), told(5, 'b')))).to.equal('b')
  })

  it('passes over a delta that is old', () => {
    const live = after(up, answer(4, 'a'), told(4, 'old'), told(2, 'older'))
    expect([live.phase, nameIn(live)]).to.deep.equal(['live', 'a'])
  })

  it('asks again from where it stands when a delta is missing', () => {
    const asking = after(up, answer(4, 'a'), told(6, 'c'))
    expect(asking).to.deep.include({ phase: 'asking', asked: 2, at: at(4) })
    const live = followed(agentsMerging, asking, resumed(delta(5, 'b'), delta(6, 'c')))
    expect([live.phase, nameIn(live), live.at]).to.deep.equal(['live', 'c', at(6)])
  })

  it('asks for all when what was missed has a gap itself', () => {
    const asking = after(up, answer(4, 'a'), told(6, 'c'), resumed(delta(6, 'c')))
    expect(asking.phase).to.equal('asking')
    expect(asking.at).to.equal(undefined)
  })

  it('asks for all when another epoch has begun', () => {
    const asking = after(up, answer(4, 'a'), told(1, 'b', 'two'))
    expect(asking.phase).to.equal('asking')
    expect(asking.at).to.equal(undefined)
  })

  it('holds deltas that come before the answer, and takes them after it', () => {
    const live = after(up, told(5, 'b'), told(6, 'c'), answer(5, 'b'))
    expect([live.phase, nameIn(live), live.held]).to.deep.equal(['live', 'c', []])
  })

  it('shows what it knew while it is cut off, and asks from there when it is back', () => {
    const cut = after(up, answer(4, 'a'), down)
    expect([cut.phase, nameIn(cut)]).to.deep.equal(['cut', 'a'])
    expect(followed(agentsMerging, cut, up)).to.deep.include({ phase: 'asking', at: at(4) })
  })

  it('does not listen while it is cut off', () => {
    expect(nameIn(after(up, answer(4, 'a'), down, told(5, 'b')))).to.equal('a')
  })

  it('never puts an older version of a thing in the place of a newer one', () => {
    const late = { kind: 'answer', answer: { ...snapshot(3, 'old'), at: at(9) } } as const
    expect(nameIn(after(up, answer(4, 'new'), down, up, late))).to.equal('new')
  })

  it('ends up with what the server has, whatever was lost, doubled or cut meanwhile', () => {
    const steps = fc.array(
      fc.constantFrom('change', 'tell', 'tell twice', 'lose', 'cut', 'connect', 'answer', 'restart'),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(steps, (plan) => {
        const server = new Server()
        for (const step of plan) server.does(step)
        server.settle()
        expect(server.page.phase).to.equal('live')
        expect([...(server.page.value ?? [])]).to.deep.equal([...server.agents])
      }),
      { numRuns: 300 },
    )
  })
})

/** A server with a few agents, and a page that follows them over a bad connection. */
class Server {
  agents: Agents = new Map()
  page: State = unfollowed
  #epoch = 1
  #version = 0
  #kept: AgentsDelta[] = []
  #onTheWay: AgentsDelta[] = []
  #isUp = false
  readonly #ids = Array.from({ length: 4 }, () => sampleAgent().id)

  does(step: string): void {
    if (step === 'change') this.#change()
    if (step === 'lose') this.#onTheWay.shift()
    if (step === 'tell' || step === 'tell twice') this.#tell(step === 'tell twice')
    if (step === 'cut') this.#connect(false)
    if (step === 'connect') this.#connect(true)
    if (step === 'answer') this.#answer()
    if (step === 'restart') this.#restart()
  }

  /** The connection stays, everything arrives, and one more change shows what was missed. */
  settle(): void {
    this.#connect(false)
    this.#connect(true)
    this.#answer()
    this.#change()
    while (this.#onTheWay.length > 0) this.#tell(false)
    while (this.page.phase === 'asking') this.#answer()
  }

  #change(): void {
    const id = this.#ids[this.#version % this.#ids.length] ?? ''
    const agents = new Map(this.agents)
    const before = agents.get(id)
    const isRemoved = before !== undefined && this.#version % 7 === 3
    const changed = { ...agent, id, version: (before?.version ?? this.#version) + 1 }
    if (isRemoved) agents.delete(id)
    else agents.set(id, changed)
    this.agents = agents
    const news = isRemoved ? { changed: [], removed: [id] } : { changed: [changed], removed: [] }
    const one: AgentsDelta = { topic: 'agents', at: at(++this.#version, String(this.#epoch)), ...news }
    this.#kept.push(one)
    if (this.#isUp) this.#onTheWay.push(one)
  }

  #tell(isDoubled: boolean): void {
    const one = this.#onTheWay.shift()
    if (one === undefined) return
    for (let times = isDoubled ? 2 : 1; times > 0; times--) this.#hear({ kind: 'delta', delta: one })
  }

  #connect(isUp: boolean): void {
    if (isUp === this.#isUp) return
    this.#isUp = isUp
    this.#onTheWay = []
    this.#hear({ kind: isUp ? 'up' : 'down' })
  }

  #answer(): void {
    const { phase, at: since } = this.page
    if (phase !== 'asking' || !this.#isUp) return
    // What was told before the answer arrives before it: a connection keeps the order.
    while (this.#onTheWay.length > 0) this.#tell(false)
    if (since?.epoch === String(this.#epoch)) {
      const missed = this.#kept.filter((one) => one.at.version > since.version)
      return this.#hear(resumed(...missed))
    }
    const whole = { topic: 'agents' as const, agents: [...this.agents.values()] }
    this.#hear({ kind: 'answer', answer: { ...whole, at: at(this.#version, String(this.#epoch)) } })
  }

  #restart(): void {
    this.#connect(false)
    this.#epoch++
    this.#version += 100
    this.#kept = []
  }

  #hear(happening: Happening<Agents, 'agents'>): void {
    this.page = followed(agentsMerging, this.page, happening)
  }
}
