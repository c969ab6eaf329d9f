import { expect } from 'chai'
import { oldestProtocolVersion, protocolVersion } from '#specs/agent-link.ts'
import { newId } from '#specs/ids.ts'
import { facts, useBorder } from './border.ts'
import { frames, load, userAgent } from './test-agent.ts'

describe("an agent's socket", () => {
  const border = useBorder()

  it('is welcomed with what the agent has to know', async () => {
    const agent = border.get.dial(await border.get.register({ name: 'studio' }))
    const welcomed = await agent.hello()
    expect(welcomed).to.deep.include({
      agent: agent.id,
      name: 'studio',
      heartbeatMs: 10_000,
      leaseMs: 60_000,
      draining: false,
      keep: [],
    })
    const [{ now } = { now: 0 }] = await border.get.sql<{ now: number }>('select clock_timestamp() as now')
    expect(welcomed.now).to.be.closeTo(now, 1_000)
    const shown = await border.get.api.ok('getAgent', { params: { agent: agent.id } })
    expect(shown).to.deep.include({ liveness: 'healthy', boot: agent.dial.boot })
    const connection = { id: agent.socket.id, server: 'server-1', ip: '127.0.0.1', userAgent }
    expect(shown.connection).to.include(connection)
    const { items } = await border.get.api.ok('agentEvents', { params: { agent: agent.id } })
    expect(items.find(({ what }) => what === 'connected')).to.include({
      to: agent.socket.id,
      reason: `to server-1, from 127.0.0.1, with ${userAgent}`,
    })
  })

  it('works with the version before this one as with this one', async () => {
    expect(oldestProtocolVersion).to.be.below(protocolVersion)
    for (const protocol of [oldestProtocolVersion, protocolVersion]) {
      const agent = await border.get.connect({ ...(await border.get.register()), protocol })
      await border.get.api.ok('submitJob', { body: { tool: 'selftest.echo', agent: agent.id } })
      expect(await agent.finish(await agent.run())).to.include({ accepted: true })
    }
  })

  it('is refused with a version beyond those, and told which of the two to upgrade', async () => {
    const dial = await border.get.register()
    const older = border.get.dial({ ...dial, protocol: oldestProtocolVersion - 1 })
    const newer = border.get.dial({ ...dial, protocol: protocolVersion + 1 })
    const [one, other] = [await older.told.next('refused'), await newer.told.next('refused')]
    expect(one.problem).to.include({ code: 'unsupported_version', status: 426 })
    expect(one.message).to.include('Upgrade the agent')
    expect(other.message).to.include('Upgrade the server')
  })

  it('is refused with a key that is none, a field at a time', async () => {
    const dial = await border.get.register()
    const unknown = border.get.dial({ ...dial, key: 'agt_key_nonsense' })
    expect((await unknown.told.next('refused')).problem).to.include({ code: 'not_signed_in' })
    const formless = border.get.dial({ ...dial, boot: 'short' })
    const { problem } = await formless.told.next('refused')
    expect(problem).to.include({ code: 'bad_input' })
    expect(problem?.fields?.map(({ path }) => path)).to.deep.equal(['boot'])
  })

  it('answers what is not right by the field that is wrong, and goes on', async () => {
    const agent = await border.get.agent()
    const job = newId('job')
    const wrong: [event: string, payload: unknown, field: string][] = [
      ['beat', { load: { ...load, cpuPercent: 'much' }, running: [], draining: false }, 'load.cpuPercent'],
      ['beat', { load, running: [{ job: 'job_1', attempt: 1 }], draining: false }, 'running[0].job'],
      ['beat', { load, running: [], draining: false, more: 1 }, 'more'],
      ['accept', { job, attempt: 0 }, 'attempt'],
      ['frames', { job, attempt: 1, frames: [{ type: 'log', seq: 1 }] }, 'frames[0].at'],
      ['frames', { job, attempt: 1, frames: [...frames(2, 2), ...frames(1, 1)] }, 'frames[1].seq'],
      ['frames', { job, attempt: 1, frames: [{ ...frames(2, 2)[0], seq: 2 ** 40 }] }, 'frames[0].seq'],
      ['finish', { job, attempt: 1, outcome: 'perfect', frames: 0 }, 'outcome'],
      ['hello', { facts: facts({ slots: 0 }), running: [] }, 'facts.slots'],
      ['claim', { free: 1_000 }, 'free'],
    ]
    for (const [event, payload, field] of wrong) {
      const problem = await agent.refused(event, payload)
      expect(problem, event).to.include({ code: 'bad_input', status: 422 })
      expect(
        problem.fields?.map(({ path }) => path),
        event,
      ).to.include(field)
    }
    expect(await agent.beat()).to.include({ draining: false })
  })

  it('outlives whatever is sent: nothing, nonsense, nesting, unknown words', async () => {
    const agent = await border.get.agent()
    for (const payload of [undefined, null, 7, 'text', [], { constructor: 1 }])
      expect((await agent.try('beat', payload)).ok).to.equal(false)
    let deep: unknown = 0
    for (let depth = 0; depth < 5_000; depth++) deep = [deep]
    const attempt = { job: newId('job'), attempt: 1 }
    expect(
      await agent.refused('finish', { ...attempt, outcome: 'completed', output: deep, frames: 0 }),
    ).to.include({ code: 'bad_json' })
    const output = 'x'.repeat(1_000_001)
    const large = await agent.refused('finish', { ...attempt, outcome: 'completed', output, frames: 0 })
    expect(large).to.include({ code: 'too_large' })
    expect(large.fields?.[0]?.path).to.equal('output')
    const bytes = await agent.refused('finish', { ...attempt, output: [Buffer.alloc(1_000_000)] })
    expect(bytes.fields).to.deep.equal([{ path: 'output[0]', message: 'is bytes; say it in JSON' }])
    const unknown = await agent.refused('open sesame', {})
    expect(unknown).to.include({ code: 'bad_request' })
    agent.socket.emit('beat')
    agent.socket.emit('frames', () => {}, 3)
    expect((await agent.beat()).draining).to.equal(false)
  })

  it('has to say hello first', async () => {
    const agent = border.get.dial(await border.get.register())
    expect(await agent.refused('beat', { load, running: [], draining: false })).to.include({
      code: 'wrong_state',
    })
    await agent.hello()
    await agent.beat()
  })

  it('is closed when a message is larger than any that is taken', async () => {
    const agent = await border.get.agent()
    agent.socket.emit('finish', { output: 'x'.repeat(3_000_000) })
    expect((await agent.told.next('closed')).reason).to.equal('transport close')
  })

  it('makes way for a newer one of the same start, which keeps its job', async () => {
    const old = await border.get.agent()
    await border.get.api.ok('submitJob', { body: { tool: 'selftest.sleep', agent: old.id } })
    const { job, attempt } = await old.run()
    const next = border.get.dial(old.dial)
    const { keep } = await next.hello([{ job, attempt }])
    expect(keep).to.deep.equal([{ job, attempt }])
    await old.told.next('closed')
    expect(old.told.all.some(({ kind }) => kind === 'dismissed')).to.equal(false)
    expect(await next.finish({ job, attempt })).to.deep.equal({ accepted: true, reason: null })
    expect(await border.get.sql('select from agent where key = $1', [old.id])).to.have.length(1)
  })

  it('of another start takes over, and what the first one ran is lost at once', async () => {
    const old = await border.get.agent()
    await border.get.api.ok('submitJob', { body: { tool: 'selftest.sleep', agent: old.id } })
    const first = await old.run()
    const next = await border.get.connect({ ...old.dial, boot: 'another-boot' })
    expect((await old.told.next('dismissed')).told.reason).to.include('Another start')
    const second = await next.run()
    expect(second).to.include({ job: first.job, attempt: 2 })
    await next.finish(second)
    expect(await border.get.api.ok('getJob', { params: { job: first.job } })).to.include({
      state: 'completed',
      failures: 0,
    })
  })

  it('that is dialled in a loop is refused, and the agent stays one', async () => {
    const dial = await border.get.register()
    const sockets = Array.from({ length: 60 }, () => border.get.dial(dial))
    const outcomes = await Promise.all(
      sockets.map((socket) => Promise.race([socket.told.next('connected'), socket.told.next('refused')])),
    )
    const refused = outcomes.flatMap((outcome) => (outcome.kind === 'refused' ? [outcome.problem] : []))
    expect(refused).to.have.length.within(20, 40)
    expect(refused[0]).to.include({ code: 'too_many_requests' })
    expect(refused[0]?.retryAfterMs).to.be.above(0)
    await border.get.until(() => sockets.filter(({ socket }) => socket.connected).length === 1)
  })
})
