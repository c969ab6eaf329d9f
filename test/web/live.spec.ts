import { expect } from 'chai'
import { BehaviorSubject, filter, type Observable, type Subscription, tap } from 'rxjs'
import { asTrouble } from '#web/api/trouble.ts'
import { queryFrom } from '#web/jobs/filters.ts'
import { Feeds } from '#web/live/feeds.ts'
import { Link } from '#web/live/link.ts'
import { Live } from '#web/live/live.ts'
import { type ContractServer, startContractServer } from '../e2e/support/contract-server.ts'
import { problem } from '../e2e/support/problem.ts'
import { runningJob, sampleAgent, sampleJob } from '../e2e/support/samples.ts'

/** What a stream has brought, to be waited for. */
class Seen<Value> {
  latest: Value | undefined
  error: unknown
  readonly #subscription: Subscription
  #wake: (() => void) | undefined

  constructor(stream$: Observable<Value>) {
    this.#subscription = stream$.subscribe({
      next: (value) => {
        this.latest = value
        this.#wake?.()
      },
      error: (error: unknown) => {
        this.error = error
        this.#wake?.()
      },
    })
  }

  /** The first value that fits, from the latest on. */
  async until(fits: (value: Value) => boolean): Promise<Value> {
    while (this.latest === undefined || !fits(this.latest)) await this.#next()
    return this.latest
  }

  async failure(): Promise<unknown> {
    while (this.error === undefined) await this.#next()
    return this.error
  }

  stop(): void {
    this.#subscription.unsubscribe()
  }

  #next(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve))
  }
}

describe('the live connection', () => {
  let server: ContractServer
  let link: Link
  let feeds: Feeds
  let paused$: BehaviorSubject<boolean>
  const seen: Seen<never>[] = []
  beforeEach(async () => {
    server = await startContractServer({ bare: true })
    link = new Link(server.url)
    paused$ = new BehaviorSubject(false)
    feeds = new Feeds({
      live: new Live(link),
      paused$,
      over$: link.state$.pipe(filter(({ kind }) => kind === 'off')),
      listJobs: (query) => Promise.resolve(server.world.page(query)),
    })
    link.open()
  })
  afterEach(async () => {
    for (const one of seen.splice(0)) one.stop()
    link.close()
    await server.stop()
  })

  function watch<Value>(stream$: Observable<Value>): Seen<Value> {
    const one = new Seen(stream$)
    seen.push(one as unknown as Seen<never>)
    return one
  }

  it('brings what is there, and every change', async () => {
    const agent = sampleAgent({ name: 'studio' })
    server.world.putAgent(agent)
    const agents = watch(feeds.agents$)
    await agents.until((all) => all.size === 1)
    server.world.changeAgent(agent.id, { name: 'attic' })
    await agents.until((all) => all.get(agent.id)?.name === 'attic')
    server.world.removeAgent(agent.id)
    await agents.until((all) => all.size === 0)
  })

  it('brings what was missed while it was cut off', async () => {
    const agent = sampleAgent()
    server.world.putAgent(agent)
    const [agents, state] = [watch(feeds.agents$), watch(link.state$)]
    await agents.until((all) => all.size === 1)
    server.cut()
    await state.until(({ kind }) => kind === 'cut')
    server.world.changeAgent(agent.id, { name: 'while you were away' })
    server.mend()
    await state.until(({ kind }) => kind === 'live')
    await agents.until((all) => all.get(agent.id)?.name === 'while you were away')
  })

  it('begins anew with a server that knows nothing of before', async () => {
    const agent = sampleAgent()
    server.world.putAgent(agent)
    const [agents, state] = [watch(feeds.agents$), watch(link.state$)]
    await agents.until((all) => all.size === 1)
    server.cut()
    await state.until(({ kind }) => kind === 'cut')
    server.topics.forget()
    server.world.agents.clear()
    server.mend()
    await agents.until((all) => all.size === 0)
  })

  it('asks for a delta that did not come', async () => {
    const [lost, next] = [sampleAgent(), sampleAgent()]
    const agents = watch(feeds.agents$)
    await agents.until((all) => all.size === 0)
    server.topics.withheld = true
    server.world.putAgent(lost)
    server.topics.withheld = false
    server.world.putAgent(next)
    await agents.until((all) => all.has(lost.id) && all.has(next.id))
  })

  it('brings the frames of a running job without gaps', async () => {
    const job = runningJob(sampleAgent().id)
    const line = (seq: number) => ({ type: 'log', seq, at: seq, level: 'info', text: `line ${seq}` }) as const
    server.world.putJob(job)
    server.world.frames.set(job.id, [line(1)])
    const watched = watch(feeds.job(job.id))
    await watched.until(({ log }) => log.lines.length === 1)
    server.world.frames.set(job.id, [line(1), line(2)])
    server.world.tellFrames(job.id, line(3))
    const { log } = await watched.until((now) => now.log.lines.length === 3)
    expect(log.lines.map(({ seq }) => seq)).to.deep.equal([1, 2, 3])
  })

  it('follows one list of jobs, the latest that was asked for', async () => {
    const [waiting, running] = [sampleJob(), runningJob(sampleAgent().id)]
    server.world.putJob(waiting, running)
    const first = watch(feeds.jobs(queryFrom({ group: 'upcoming' })))
    await first.until(({ jobs }) => jobs.length === 1 && jobs[0]?.id === waiting.id)
    const second = watch(feeds.jobs(queryFrom({ group: 'active' })))
    await second.until(({ jobs }) => jobs.length === 1 && jobs[0]?.id === running.id)
    first.stop()
    server.world.changeJob(waiting.id, { state: 'running' })
    await second.until(({ jobs }) => jobs.length === 2)
  })

  it('keeps a later page of jobs up to date, and takes no new ones in', async () => {
    const jobs = [1, 2, 3].map((at) => sampleJob({ submittedAt: at * 1_000 }))
    server.world.putJob(...jobs)
    const [oldest, , newest] = jobs
    const page = watch(feeds.jobs({ ...queryFrom({}), limit: 1, after: jobs[1]!.id }))
    await page.until((now) => now.jobs.length === 1 && now.jobs[0]?.id === oldest?.id)
    server.world.changeJob(newest!.id, { priority: 75 })
    server.world.changeJob(oldest!.id, { priority: 100 })
    const { jobs: shown } = await page.until((now) => now.jobs[0]?.priority === 100)
    expect(shown.length).to.equal(1)
  })

  it('says what the server refuses', async () => {
    const watched = watch(feeds.job(sampleJob().id))
    expect(asTrouble(await watched.failure()).code).to.equal('not_found')
  })

  it('asks again when what was refused may pass', async () => {
    server.world.refused.set('agents', { ...problem('unavailable', 'One moment.'), retryAfterMs: 20 })
    const agents = watch(feeds.agents$)
    const state = watch(link.state$)
    await state.until(({ kind }) => kind === 'live')
    server.world.refused.clear()
    await agents.until((all) => all.size === 0)
  })

  it('ends when the session does', async () => {
    const [state, ended] = [watch(link.state$), watch(link.signedOut$)]
    await state.until(({ kind }) => kind === 'live')
    server.signOut('An admin has ended it')
    await ended.until((reason) => reason === 'An admin has ended it')
    await state.until(({ kind }) => kind === 'off')
  })

  it('ends where nobody is signed in any more', async () => {
    link.close()
    server.world.me = null
    const ended = watch(link.signedOut$)
    link.open()
    await ended.until((reason) => reason === 'Sign in first.')
  })

  it('says that the server is newer when it does not understand it', async () => {
    const [pool, outdated] = [watch(feeds.pool$), watch(link.outdated$)]
    await pool.until(() => true)
    server.babble()
    await outdated.until((isOutdated) => isOutdated)
  })

  it('shows nothing of before to whoever signs in next', async () => {
    server.world.putAgent(sampleAgent({ name: 'of the first' }))
    const first = watch(feeds.agents$)
    await first.until((all) => all.size === 1)
    link.close()
    first.stop()
    server.world.agents.clear()
    server.topics.forget()
    const seenNext: number[] = []
    const next = watch(feeds.agents$.pipe(tap((all) => seenNext.push(all.size))))
    link.open()
    await next.until((all) => all.size === 0)
    expect(seenNext).to.deep.equal([0])
  })

  it('holds the screen still while it is paused, and then shows the latest', async () => {
    const agent = sampleAgent({ name: 'one' })
    server.world.putAgent(agent)
    const [agents, pool] = [watch(feeds.agents$), watch(feeds.pool$)]
    await agents.until((all) => all.get(agent.id)?.name === 'one')
    paused$.next(true)
    server.world.changeAgent(agent.id, { name: 'two' })
    server.world.putAgent(sampleAgent())
    await pool.until(({ agents: count }) => count === 2)
    expect(agents.latest?.get(agent.id)?.name).to.equal('one')
    paused$.next(false)
    await agents.until((all) => all.get(agent.id)?.name === 'two' && all.size === 2)
  })
})
