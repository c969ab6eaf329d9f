import { expect } from 'chai'
import { JobScreen, JobsScreen, SubmitScreen } from './pages/jobs.ts'
import { runningJob, sampleAgent, sampleJob, samplePhotostats } from './support/samples.ts'
import { useDashboard } from './support/visit.ts'

describe('the jobs, in the browser', () => {
  const visit = useDashboard()

  it('come, change and go on the tab where they belong', async () => {
    const { world } = visit.server
    const agent = sampleAgent()
    world.putAgent(agent)
    const app = await visit.open('/jobs?group=upcoming')
    const jobs = new JobsScreen(app)
    await app.page.getByText('Nothing waits').waitFor()
    const waiting = { reason: 'agents_busy', detail: 'All agents are busy', position: 1 } as const
    const job = sampleJob({ params: { path: '/photos/iceland' }, waiting })
    world.putJob(job)
    await jobs
      .about('/photos/iceland')
      .filter({ hasText: 'All agents are busy. Place 1 in the queue.' })
      .waitFor()
    const progress = { stage: 'walking', done: 3, total: 12, current: null, message: null }
    world.changeJob(job.id, { state: 'running', agent: agent.id, waiting: null, progress })
    await app.page.getByText('Nothing waits').waitFor()
    await jobs.tab('Active')
    await app.isAt('/jobs?group=active')
    await jobs.about('/photos/iceland').filter({ hasText: 'walking 25 %' }).waitFor()
  })

  it('are filtered as the address says, and empty is told from filtered out', async () => {
    const { world } = visit.server
    const agent = sampleAgent({ name: 'studio' })
    world.putAgent(agent)
    world.putJob(sampleJob(), sampleJob({ tool: 'selftest.echo', params: { say: 'hi' }, agent: agent.id }))
    const app = await visit.open('/jobs')
    const jobs = new JobsScreen(app)
    await jobs.filter('Tool', 'Self-test: echo')
    await app.isAt('/jobs?tool=selftest.echo')
    await jobs.about('/photos/2026/iceland').waitFor({ state: 'detached' })
    await jobs.about('say "hi"').waitFor()
    await app.page.goBack()
    await jobs.about('/photos/2026/iceland').waitFor()
    await app.page.goForward()
    await jobs.tab('Failed')
    await app.page.getByText('No job is like that').waitFor()
    await app.page.getByRole('button', { name: 'Clear filters' }).first().click()
    await app.page.getByText('Nothing has failed').waitFor()
  })

  it('are cut down to one state, of those that the tab has', async () => {
    const { world } = visit.server
    const about = (path: string) => ({ params: { path } })
    world.putJob(
      sampleJob({ ...about('/photos/dead'), state: 'dead' }),
      sampleJob({ ...about('/photos/late'), state: 'expired' }),
      sampleJob({ ...about('/photos/done'), state: 'completed' }),
    )
    const app = await visit.open('/jobs')
    const jobs = new JobsScreen(app)
    await jobs.filter('State', 'Expired')
    await app.isAt('/jobs?state=expired')
    await jobs.about('/photos/dead').waitFor({ state: 'detached' })
    await jobs.about('/photos/late').waitFor()
    await jobs.tab('Failed')
    await app.isAt('/jobs?group=failed')
    await jobs.about('/photos/dead').waitFor()
    const offered = await app.page.getByLabel('State', { exact: true }).locator('option').allTextContents()
    expect(offered).to.deep.equal(['Every state', 'Failed', 'Expired', 'Dead'])
  })

  it('say why they wait as the agents come and go', async () => {
    const { world } = visit.server
    const waiting = { reason: 'queued', detail: 'It waits for an agent.', position: null } as const
    world.putJob(sampleJob({ waiting }))
    const app = await visit.open('/jobs')
    const row = new JobsScreen(app).about('/photos/2026/iceland')
    await row.filter({ hasText: 'No agent can run it.' }).waitFor()
    const agent = sampleAgent({ liveness: 'offline' })
    world.putAgent(agent)
    await row.filter({ hasText: 'No agent that can run it is online.' }).waitFor()
    world.changeAgent(agent.id, { liveness: 'healthy' })
    await row.filter({ hasText: 'It waits for its turn.' }).waitFor()
  })

  it('keep the name of an agent that was removed, without a way to it', async () => {
    const { world } = visit.server
    const [gone, here] = [sampleAgent(), sampleAgent({ name: 'studio' })]
    world.putAgent(here)
    const { attempts } = runningJob(gone.id)
    const named = attempts.map((attempt) => ({ ...attempt, agentName: 'attic' }))
    const events = [{ seq: 1, at: Date.now(), state: 'completed', by: gone.id, reason: null }] as const
    const job = sampleJob({
      state: 'completed',
      agent: gone.id,
      agentName: 'attic',
      attempts: named,
      events: [...events],
    })
    world.putJob(job)
    const app = await visit.open('/jobs')
    const row = new JobsScreen(app).about('/photos/2026/iceland')
    await row.filter({ hasText: 'attic (removed)' }).waitFor()
    expect(await row.getByRole('link', { name: 'attic' }).count()).to.equal(0)
    await row.getByRole('link', { name: 'Photo statistics' }).click()
    await app.page.locator('.attempts', { hasText: 'attic (removed)' }).waitFor()
    await app.page.locator('.history', { hasText: 'by attic' }).waitFor()
  })

  it('are read page by page, each with an address of its own', async () => {
    const all = Array.from({ length: 60 }, (_, at) =>
      sampleJob({ params: { path: `/photos/${at}` }, submittedAt: 1_000_000 + at }),
    )
    visit.server.world.putJob(...all)
    const app = await visit.open('/jobs')
    const jobs = new JobsScreen(app)
    await jobs.about('/photos/59').waitFor()
    expect(await jobs.rows.count()).to.equal(50)
    await app.page.getByRole('link', { name: 'Older' }).click()
    await app.isAt(/^\/jobs\?after=/)
    await jobs.about('/photos/0').waitFor()
    expect(await jobs.rows.count()).to.equal(10)
    visit.server.world.putJob(sampleJob({ params: { path: '/photos/brand-new' } }))
    visit.server.world.changeJob(all[0]!.id, { state: 'failed' })
    await jobs.about('/photos/0').filter({ hasText: 'Failed' }).waitFor()
    expect(await jobs.rows.count()).to.equal(10)
    await app.page.getByRole('link', { name: 'Newest' }).click()
    await jobs.about('/photos/brand-new').waitFor()
  })
})

describe('one job, in the browser', () => {
  const visit = useDashboard()

  it('shows its progress and its log as they come', async () => {
    const { world } = visit.server
    const agent = sampleAgent({ name: 'studio' })
    const job = runningJob(agent.id)
    world.putAgent(agent)
    world.putJob(job)
    const app = await visit.open(`/jobs/${job.id}`)
    const screen = new JobScreen(app)
    await screen.is('Running')
    const at = Date.now()
    const step = (seq: number, done: number) =>
      ({
        type: 'progress',
        seq,
        at: at + seq * 1_000,
        progress: { stage: 'walking', done, total: 1_000, current: 'a.nef', message: null },
      }) as const
    const line = (seq: number, text: string) => ({ type: 'log', seq, at, level: 'warn', text }) as const
    world.tellFrames(job.id, step(1, 100), step(2, 200), line(3, 'b.nef has no sidecar'))
    await app.page.getByText('200 of 1,000').waitFor()
    await app.page
      .getByText('100 a second, a few seconds left')
      .or(app.page.getByText('about 10 s left'))
      .waitFor()
    await screen.log.getByText('b.nef has no sidecar').waitFor()
    expect(await screen.progress.getAttribute('aria-valuenow')).to.equal('20')
    world.results.set(job.id, JSON.parse(JSON.stringify(samplePhotostats)))
    world.changeJob(job.id, { state: 'completed', hasResult: true, endedAt: at, events: [] })
    await screen.is('Completed')
    await screen.result.getByText('412 GB').waitFor()
    await screen.progress.waitFor({ state: 'detached' })
    await screen.result.getByText('1,240 images without sidecar').click()
    await screen.result.getByText('iceland/day-1/DSC_4000.nef').waitFor()
    await screen.result.getByText('the first 40 of 1,240').waitFor()
  })

  it('is cancelled with a reason, and run again', async () => {
    const { world, asked } = visit.server
    const agent = sampleAgent()
    const job = runningJob(agent.id)
    world.putAgent(agent)
    world.putJob(job)
    const app = await visit.open(`/jobs/${job.id}`)
    const screen = new JobScreen(app)
    await screen.cancel('wrong folder')
    await screen.is('Cancelled')
    expect(asked.all.find(({ route }) => route === 'cancelJob')?.body).to.deep.equal({
      reason: 'wrong folder',
    })
    await app.page.getByRole('button', { name: 'Run again' }).click()
    await app.isAt(/^\/jobs\/job_/)
    await screen.is('Pending')
    expect(app.path()).not.to.contain(job.id)
    await app.page.locator('.facts div', { hasText: 'Runs again' }).getByRole('link').click()
    await app.isAt(`/jobs/${job.id}`)
    await app.page.locator('.callout', { hasText: 'It was run again' }).getByRole('link').click()
    await screen.is('Pending')
  })

  it('that waits gets another priority', async () => {
    const { world } = visit.server
    const job = sampleJob()
    world.putJob(job)
    const app = await visit.open(`/jobs/${job.id}`)
    await app.page.getByRole('button', { name: 'Priority' }).click()
    await app.dialog.getByLabel('Priority').selectOption('high')
    await app.dialog.getByRole('button', { name: 'Save' }).click()
    await app.notice('The priority is changed.').waitFor()
    await app.page.locator('.facts', { hasText: 'high' }).waitFor()
  })

  it('that failed says why, and each attempt', async () => {
    const { world } = visit.server
    const agent = sampleAgent({ name: 'studio' })
    world.putAgent(agent)
    const { attempts } = runningJob(agent.id)
    const error = { class: 'fatal', message: 'The folder is not there.', detail: 'ENOENT' } as const
    const failed = attempts.map((attempt) => ({
      ...attempt,
      outcome: 'failed' as const,
      endedAt: Date.now(),
      error,
    }))
    const job = sampleJob({ state: 'failed', attempts: failed, error })
    world.putJob(job)
    const app = await visit.open(`/jobs/${job.id}`)
    await app.page.getByText('It failed, and can never work like this').waitFor()
    await app.page.getByText('For those who mend it').click()
    await app.page.getByText('ENOENT').waitFor()
    await app.page.locator('.attempts', { hasText: 'Failed' }).getByRole('link', { name: 'studio' }).waitFor()
  })

  it('that there is not is said to be missing', async () => {
    const app = await visit.open(`/jobs/${sampleJob().id}`)
    await app.page.getByText('There is no such job').waitFor()
  })
})

describe('a new job, in the browser', () => {
  const visit = useDashboard()

  it('is made from a form, with a folder of an agent', async () => {
    const { world, asked } = visit.server
    const [studio, attic] = [
      sampleAgent({ name: 'studio' }),
      sampleAgent({ name: 'attic', roots: ['/volume1'] }),
    ]
    world.putAgent(studio, attic)
    const app = await visit.open('/submit')
    const form = new SubmitScreen(app)
    await app.page.getByRole('button', { name: '/photos/2026' }).waitFor()
    await form.chooseAgent('attic')
    await app.isAt(`/submit?agent=${attic.id}`)
    await app.page.getByRole('button', { name: '/photos/2026' }).waitFor({ state: 'detached' })
    await form.start()
    await app.page.getByText('Folder is needed.').waitFor()
    await form.field('Folder').fill('/elsewhere')
    await app.page.getByText('it would be refused').waitFor()
    await app.page.getByRole('button', { name: '/volume1' }).click()
    await app.page.getByText('it would be refused').waitFor({ state: 'detached' })
    await form.field('Priority').selectOption('high')
    await form.start()
    await app.arrives('Photo statistics')
    expect(asked.all.find(({ route }) => route === 'submitJob')?.body).to.deep.equal({
      tool: 'photostats',
      params: { path: '/volume1' },
      priority: 75,
      agent: attic.id,
    })
  })

  it('is checked while it is typed', async () => {
    const app = await visit.open('/submit?tool=selftest.progress')
    const form = new SubmitScreen(app)
    await form.field('Steps').fill('0')
    await app.page.getByText('The least is 1.').waitFor()
    expect(await form.field('Steps').getAttribute('aria-invalid')).to.equal('true')
    await form.field('Steps').fill('12')
    await app.page.getByText('The least is 1.').waitFor({ state: 'detached' })
  })

  it('says that nobody can do it now', async () => {
    const app = await visit.open('/submit')
    await app.page.getByText('No agent can do this now, so the job will wait.').waitFor()
    await app.page.getByRole('link', { name: 'Enrol one.' }).click()
    await app.arrives('Enrol an agent')
  })

  it('says that it would wait, and for whom', async () => {
    const { world } = visit.server
    const studio = sampleAgent({ name: 'studio', liveness: 'offline' })
    world.putAgent(studio)
    const app = await visit.open('/submit')
    await app.page.getByText('It will wait: No agent that can run it is online.').waitFor()
    await new SubmitScreen(app).chooseAgent('studio')
    await app.page.getByText('It will wait: studio is offline.').waitFor()
    world.changeAgent(studio.id, { liveness: 'healthy' })
    await app.page.getByText('It will wait').waitFor({ state: 'detached' })
  })

  it('says who has a folder that not all have, and that nobody has one', async () => {
    const attic = sampleAgent({ name: 'attic', roots: ['/volume1', '/photos/2026'] })
    visit.server.world.putAgent(sampleAgent({ name: 'studio' }), attic)
    const app = await visit.open('/submit')
    await app.page.getByRole('button', { name: '/photos/2026 on attic and studio' }).click()
    await app.page.getByText('may look into this folder').waitFor({ state: 'detached' })
    await app.page.getByRole('button', { name: '/photos/archive on studio' }).click()
    await app.page.getByText('Only studio may look into this folder, and gets the job.').waitFor()
    await new SubmitScreen(app).field('Folder').fill('/elsewhere')
    await app.page.getByText('No agent that can run it may look into its folder.').waitFor()
  })

  it('shows what the server finds wrong at its field, and is not made twice', async () => {
    const { world } = visit.server
    world.putAgent(sampleAgent())
    world.refused.set('submitJob', {
      type: 'about:blank',
      title: 'bad input',
      status: 422,
      code: 'bad_input',
      detail: 'One field is not right.',
      fields: [{ path: 'params.path', message: 'There is no such folder on studio.' }],
    })
    const app = await visit.open('/submit')
    const form = new SubmitScreen(app)
    const keys: (string | undefined)[] = []
    app.page.on('request', (request) => {
      if (request.method() === 'POST') keys.push(request.headers()['idempotency-key'])
    })
    await form.field('Folder').fill('/photos/2026')
    await form.start()
    await app.page.getByText('There is no such folder on studio.').waitFor()
    world.refused.clear()
    await form.start()
    await app.arrives('Photo statistics')
    expect(keys.length).to.equal(2)
    expect(keys[0]).to.be.a('string').and.to.equal(keys[1])
  })

  it('begins with what another was given', async () => {
    const { world } = visit.server
    world.putAgent(sampleAgent())
    const job = sampleJob({
      state: 'completed',
      params: { path: '/photos/2026/iceland', sidecars: ['.xmp', '.pp3'] },
    })
    world.putJob(job)
    const app = await visit.open(`/jobs/${job.id}`)
    await app.page.getByRole('link', { name: 'Run with changes' }).click()
    await app.arrives('New job')
    const form = new SubmitScreen(app)
    expect(await form.field('Folder').inputValue()).to.equal('/photos/2026/iceland')
    expect(await form.field('Endings of sidecars').inputValue()).to.equal('.xmp .pp3')
    expect(await form.field('Endings of sidecars').isVisible()).to.equal(true)
  })
})
