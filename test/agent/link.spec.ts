import { expect } from 'chai'
import * as fc from 'fast-check'
import type { Beat } from '#specs/agent-link.ts'
import { factsOf } from '#agent/capabilities.ts'
import { backOffMs } from '#agent/link/back-off.ts'
import { Connection } from '#agent/link/connection.ts'
import { logTo } from '#agent/log.ts'
import { newOpaque } from '#agent/state/folder.ts'
import { AgentSettings } from '#specs/agent-settings.ts'
import { ContractServer, testKey } from './support/contract-server.ts'

describe('waiting for a server', () => {
  const heartbeatMs = 10_000

  it('begins fast, at random, and never takes long', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, drawn) => {
        const ms = backOffMs(failures, heartbeatMs, () => drawn)
        expect(ms)
          .to.be.at.least(failures === 0 ? 0 : 250)
          .and.at.most(8_000)
        if (failures === 0) expect(ms).to.be.at.most(500)
      }),
    )
  })

  it('has a thousand agents that were cut off at once back within 10 s, and never 400 at the door in one second', () => {
    for (const awayMs of [0, 500, 3_000, 20_000, 600_000]) {
      const arrivals = Array.from({ length: 1_000 }, () => arrivalsOf(awayMs))
      const back = arrivals.map((tries) => tries.at(-1) ?? 0)
      expect(Math.max(...back) - awayMs, `away for ${awayMs} ms`).to.be.lessThan(10_000)
      if (awayMs < 20_000) continue
      const bySecond = Map.groupBy(arrivals.flat(), (at) => Math.floor(at / 1_000))
      const late = [...bySecond].filter(([second]) => second >= 10)
      expect(Math.max(...late.map(([, tries]) => tries.length))).to.be.lessThan(400)
    }
  })

  /** When an agent knocks, until it is let in. */
  function arrivalsOf(awayMs: number): number[] {
    const tries: number[] = []
    for (let at = 0, failures = 0; ; failures++) {
      at += backOffMs(failures, heartbeatMs, Math.random)
      tries.push(at)
      if (at >= awayMs) return tries
    }
  }
})

describe('two hundred agents', () => {
  const count = 200
  let server: ContractServer
  let agents: Connection[]
  beforeEach(async () => {
    server = await ContractServer.start()
    server.terms = { heartbeatMs: 10_000, leaseMs: 60_000 }
    agents = Array.from({ length: count }, () => connectionTo(server.url))
    for (const agent of agents) void agent.run()
    for (let hellos = 0; hellos < count; hellos++) await server.heard.next('hello')
  })
  afterEach(async () => {
    for (const agent of agents) agent.close()
    await server.close()
    expect(server.violations).to.deep.equal([])
  })

  it('are all back within 10 s after they were cut off at once', async () => {
    const from = performance.now()
    server.cut()
    for (let hellos = 0; hellos < count; hellos++) await server.heard.next('hello')
    expect(performance.now() - from).to.be.lessThan(10_000)
  })

  it('are all back within 10 s after their server has started again', async () => {
    await server.close()
    const from = performance.now()
    await server.comeBack()
    for (let hellos = 0; hellos < count; hellos++) await server.heard.next('hello')
    expect(performance.now() - from).to.be.lessThan(10_000)
  })
})

function connectionTo(server: string): Connection {
  const load = { cpuPercent: 0, memoryPercent: 0, loopLagMs: 0, threads: 1, busyThreads: 0, queued: 0 }
  const beat: Beat = { load, running: [], draining: false }
  const nothing = () => {}
  return new Connection({
    server,
    handshake: { key: testKey, protocol: 1, installation: newOpaque(), boot: newOpaque() },
    facts: factsOf(AgentSettings.parse({})),
    log: logTo(nothing, 'error'),
    random: Math.random,
    running: () => [],
    beat: () => beat,
    listener: {
      offer: nothing,
      cancel: nothing,
      drain: nothing,
      probe: nothing,
      replay: nothing,
      dismissed: nothing,
    },
    welcomed: nothing,
    lost: nothing,
    ended: nothing,
  })
}
