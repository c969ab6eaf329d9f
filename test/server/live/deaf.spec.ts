import { expect } from 'chai'
import { startProxy, type Proxy } from '#test/support/proxy.ts'
import { type Border, type BorderServer, startBorder } from '../link/border.ts'
import type { TestAgent } from '../link/test-agent.ts'
import { TestPage } from './test-page.ts'

/** As behind a pooler in transaction mode: LISTEN is taken, and nothing is ever told. */
const notifications = ({ type }: { readonly type: string }) => type === 'A'

for (const { title, everybody } of [
  { title: 'a server that hears no notification', everybody: false },
  { title: 'servers none of which hears a notification', everybody: true },
])
  describe(title, function () {
    this.timeout(60_000)
    // Looks every half second; the steps of the ladder stay out of the way.
    const times = { heartbeatMs: 1_000 }
    let border: Border
    let proxies: Proxy[]
    let hearing: BorderServer
    let deaf: BorderServer
    const pages: TestPage[] = []
    before(async () => {
      border = await startBorder({ times })
      const { database } = border
      proxies = [await startProxy(database.url), await startProxy(database.url)]
      const [one, other] = proxies as [Proxy, Proxy]
      for (const proxy of everybody ? [one, other] : [one]) proxy.dropFromServer(notifications)
      deaf = await border.addServer({ through: () => one.url })
      hearing = await border.addServer({ through: () => other.url })
      await border.until(async () => (await shardsOf(hearing)) > 0 && (await shardsOf(deaf)) > 0)
    })
    after(async () => {
      for (const page of pages) page.close()
      await border.end()
      for (const proxy of proxies) await proxy.close()
    })
    const shardsOf = async ({ node }: BorderServer) => {
      const [row] = await border.sql<{ shards: number }>(
        'select count(*)::int as shards from runtime.shard where owner = $1',
        [node.incarnation],
      )
      return row?.shards ?? 0
    }
    async function isElsewhere(table: 'job' | 'agent', id: string): Promise<boolean> {
      const [row] = await border.sql<{ elsewhere: boolean }>(
        `select owner <> $2 as elsewhere from ${table} as actor join runtime.shard on shard.id = actor.shard where key = $1`,
        [id, deaf.node.incarnation],
      )
      return row?.elsewhere ?? false
    }
    /** A job whose actor is at a server that does not have the agent. */
    async function jobElsewhere(agent: string, more: Record<string, unknown> = {}): Promise<string> {
      for (;;) {
        const body = { tool: 'selftest.hang', agent, ...more }
        const { id } = await border.apiAt(hearing).ok('submitJob', { body })
        if (await isElsewhere('job', id)) return id
        // It may have ended by now.
        await border.api.try('cancelJob', { params: { job: id }, body: {} })
      }
    }
    /** An agent at the deaf server whose actor is at another. */
    async function agentElsewhere(): Promise<TestAgent> {
      for (;;) {
        const dial = await border.register()
        if (await isElsewhere('agent', dial.agent)) return border.connect(dial, deaf)
      }
    }
    async function running(agent: TestAgent, job: string) {
      for (;;) {
        const attempt = await agent.run()
        if (attempt.job === job) return { job, attempt: attempt.attempt }
      }
    }

    it('brings offers to the agents that are connected to it, each once, and their results back', async () => {
      const agent = (await border.agent({ server: deaf })).keepRunning()
      const echo = { tool: 'selftest.echo' }
      const jobs = [await jobElsewhere(agent.id, echo), await jobElsewhere(agent.id, echo)]
      for (const job of jobs)
        await border.until(
          async () => (await border.api.ok('getJob', { params: { job } })).state === 'completed',
        )
      const offers = agent.told.all.flatMap((told) => (told.kind === 'offer' ? [told.told.job] : []))
      for (const job of jobs) expect(offers.filter((offered) => offered === job)).to.have.length(1)
    })

    it('brings a cancel', async () => {
      const agent = await border.agent({ server: deaf })
      const job = await jobElsewhere(agent.id)
      const attempt = await running(agent, job)
      await border.api.ok('cancelJob', { params: { job }, body: { reason: 'enough' } })
      expect(await agent.cancel()).to.deep.equal({ ...attempt, graceMs: 10_000, reason: 'enough' })
      expect(await agent.finish(attempt, { outcome: 'cancelled' })).to.include({ accepted: true })
    })

    it('has an attempt stopped that does not count any more', async () => {
      const agent = await agentElsewhere()
      const job = await jobElsewhere(agent.id, { timeouts: { deadlineMs: 5_000 } })
      const attempt = await running(agent, job)
      expect(await agent.cancel()).to.include(attempt)
      expect(await border.api.ok('getJob', { params: { job } })).to.include({ state: 'expired' })
    })

    it('tells an agent to drain, and one that is not wanted any more to end', async () => {
      const draining = await agentElsewhere()
      await border.api.ok('drainAgent', { params: { agent: draining.id }, body: {} })
      await border.until(async () => (await draining.beat()).draining)
      const revoked = await agentElsewhere()
      await border.api.ok('revokeAgent', { params: { agent: revoked.id }, body: { reason: 'stolen' } })
      expect((await revoked.told.next('dismissed')).told).to.deep.equal({ reason: 'stolen' })
      const removed = await agentElsewhere()
      await border.api.ok('removeAgent', { params: { agent: removed.id } })
      await removed.told.next('dismissed')
    })

    it('lets an agent move to another server, and ends its connection here', async () => {
      const old = await agentElsewhere()
      await border.connect(old.dial, hearing)
      expect((await old.told.next('closed')).reason).to.equal('transport close')
    })

    it('shows on a page what becomes of a job elsewhere', async () => {
      const agent = await border.agent({ server: deaf })
      const job = await jobElsewhere(agent.id)
      await running(agent, job)
      const page = async () => {
        for (;;) {
          const opened = new TestPage(deaf.url, border.api.proof)
          pages.push(opened)
          const snapshot = await opened.watch<'job'>({ topic: 'job', job }).catch(() => null)
          // Cut off before the answer came, a page comes back as well.
          if (snapshot) return { opened, state: snapshot.job.state }
        }
      }
      const { opened, state } = await page()
      expect(state).to.equal('running')
      await border.api.ok('cancelJob', { params: { job }, body: {} })
      // It is cut off in each round, because nobody knows what it has missed.
      await opened.heard.next('closed')
      expect((await page()).state).to.equal('cancelling')
    })

    it('knows that it is deaf', async () => {
      await border.until(() => deaf.bus.deaf)
      if (!everybody) expect(hearing.bus.deaf).to.equal(false)
    })
  })

describe('a server that hears again', () => {
  it('knows it, and has missed nothing', async function () {
    this.timeout(40_000)
    const border = await startBorder()
    const proxy = await startProxy(border.database.url)
    try {
      const server = await border.addServer({ through: () => proxy.url })
      await border.until(() => !server.bus.alone)
      const agent = await border.agent({ server })
      proxy.dropFromServer(notifications)
      await border.until(() => server.bus.deaf)
      proxy.heal()
      await border.until(() => !server.bus.deaf)
      await border.api.ok('revokeAgent', { params: { agent: agent.id }, body: { reason: 'heard' } })
      expect((await agent.told.next('dismissed')).told).to.deep.equal({ reason: 'heard' })
    } finally {
      await border.end()
      await proxy.close()
    }
  })
})
