import { expect } from 'chai'
import { JobScreen } from './pages/jobs.ts'
import { AgentsScreen } from './pages/agents.ts'
import { problem } from './support/problem.ts'
import { runningJob, sampleAgent } from './support/samples.ts'
import { useDashboard } from './support/visit.ts'

describe('a dashboard that is cut off', () => {
  const visit = useDashboard()

  it('says so, keeps what it knew, and is right again by itself', async () => {
    const { world } = visit.server
    const agent = sampleAgent({ name: 'studio' })
    world.putAgent(agent)
    const app = await visit.open('/agents')
    const agents = new AgentsScreen(app)
    await agents.row('studio').waitFor()
    visit.server.cut()
    await app.banner.filter({ hasText: 'The connection to the server is lost' }).waitFor()
    await agents.row('studio').waitFor()
    expect(await app.badge.getAttribute('class')).to.contain('dim')
    world.changeAgent(agent.id, { name: 'renamed meanwhile' })
    visit.server.mend()
    await app.banner.getByRole('button', { name: 'Try now' }).click()
    await agents.row('renamed meanwhile').waitFor()
    await app.banner.waitFor({ state: 'detached' })
  })

  it('goes on with the log where it was', async () => {
    const { world } = visit.server
    const agent = sampleAgent()
    const job = runningJob(agent.id)
    world.putAgent(agent)
    world.putJob(job)
    const line = (seq: number) => ({ type: 'log', seq, at: seq, level: 'info', text: `line ${seq}` }) as const
    world.frames.set(job.id, [line(1)])
    const app = await visit.open(`/jobs/${job.id}`)
    const { log } = new JobScreen(app)
    await log.getByText('line 1').waitFor()
    visit.server.cut()
    await app.liveSwitch.filter({ hasText: 'Connecting' }).waitFor()
    world.frames.set(job.id, [line(1), line(2)])
    visit.server.mend()
    await log.getByText('line 2').waitFor()
    world.tellFrames(job.id, line(3))
    await log.getByText('line 3').waitFor()
    expect(await log.locator('.text').allTextContents()).to.deep.equal(['line 1', 'line 2', 'line 3'])
  })

  it('says that it was updated when it does not understand the server any more', async () => {
    const app = await visit.open('/agents')
    await app.liveSwitch.filter({ hasText: 'Live' }).waitFor()
    await app.page.getByRole('heading', { name: 'No agents yet' }).waitFor()
    visit.server.babble()
    await app.banner.filter({ hasText: 'Safelight was updated' }).waitFor()
  })
})

describe('a dashboard whose server is away', () => {
  const visit = useDashboard()

  it('says so at the start, and goes on when it is back', async () => {
    visit.server.world.refused.set('me', problem('unavailable', 'The database is away. It is tried again.'))
    const app = await visit.open('/agents?sort=seen')
    await app.page.getByText("Safelight can't be reached").waitFor()
    visit.server.world.refused.clear()
    await app.page.getByRole('button', { name: 'Try again' }).click()
    await app.arrives('Agents')
    await app.isAt('/agents?sort=seen')
  })

  it('offers to try again where a screen can not be shown', async () => {
    visit.server.world.refused.set('jobs', problem('not_allowed', 'This is not for you.'))
    const app = await visit.open('/jobs')
    await app.page.getByText("The jobs can't be shown").waitFor()
    await app.page.getByText('This is not for you.').waitFor()
    visit.server.world.refused.clear()
    await app.page.getByRole('button', { name: 'Try again' }).click()
    await app.page.getByText('No jobs, and nobody to do them').waitFor()
  })

  it('says what it loads', async () => {
    visit.server.world.silent.add('listTools')
    const app = await visit.open('/submit')
    await app.page.getByText('Loading the tools').waitFor()
  })
})

describe('a dashboard that is held still', () => {
  const visit = useDashboard()

  it('changes nothing until it goes on', async () => {
    const { world } = visit.server
    world.putAgent(sampleAgent({ name: 'studio' }))
    const app = await visit.open('/agents')
    const agents = new AgentsScreen(app)
    await agents.row('studio').waitFor()
    await app.liveSwitch.click()
    await app.liveSwitch.filter({ hasText: 'Held still' }).waitFor()
    world.putAgent(sampleAgent({ name: 'attic' }))
    await app.badge.filter({ hasText: '2 idle' }).waitFor()
    expect(await agents.names()).to.deep.equal(['studio'])
    await app.liveSwitch.click()
    await agents.row('attic').waitFor()
  })
})

describe('an address that there is not', () => {
  const visit = useDashboard()

  it('is said to be none', async () => {
    const app = await visit.open('/nowhere/at/all')
    await app.page.getByText('There is no such screen').waitFor()
    await app.page.getByRole('link', { name: 'To the jobs' }).click()
    await app.arrives('Jobs')
  })
})
