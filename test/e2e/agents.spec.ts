import { expect } from 'chai'
import { AgentScreen, AgentsScreen, EnrolScreen } from './pages/agents.ts'
import { runningJob, sampleAgent, sampleMe, sampleToken } from './support/samples.ts'
import { useDashboard } from './support/visit.ts'

describe('the agents, in the browser', () => {
  const visit = useDashboard()

  it('show every change by themselves', async () => {
    const { world } = visit.server
    const studio = sampleAgent({ name: 'studio' })
    world.putAgent(studio)
    const app = await visit.open('/agents')
    const agents = new AgentsScreen(app)
    await agents.row('studio').filter({ hasText: 'Idle' }).waitFor()
    world.changeAgent(studio.id, { liveness: 'offline' })
    await agents.row('studio').filter({ hasText: 'Offline' }).waitFor()
    world.putAgent(sampleAgent({ name: 'attic' }))
    await agents.row('attic').waitFor()
    world.removeAgent(studio.id)
    await agents.row('studio').waitFor({ state: 'detached' })
  })

  it('are found, chosen and sorted as the address says, also after a reload', async () => {
    visit.server.world.putAgent(
      sampleAgent({ name: 'studio' }),
      sampleAgent({ name: 'attic', liveness: 'offline' }),
      sampleAgent({ name: 'cellar', standing: 'paused' }),
    )
    const app = await visit.open('/agents')
    const agents = new AgentsScreen(app)
    await agents.row('attic').waitFor()
    await agents.sortBy('Agent')
    await app.isAt('/agents?sort=-name')
    expect(await agents.names()).to.deep.equal(['studio', 'cellar', 'attic'])
    await agents.chooseState('Paused')
    await agents.row('attic').waitFor({ state: 'detached' })
    await app.page.reload()
    await agents.row('cellar').waitFor()
    expect(await agents.names()).to.deep.equal(['cellar'])
    await agents.find('nobody')
    await app.page.getByText('No agent is like that').waitFor()
    await app.page.getByRole('button', { name: 'Show all agents' }).click()
    await agents.row('studio').waitFor()
    await app.isAt('/agents?sort=-name')
  })

  it('are in the badge on every screen, in colour, sign and number', async () => {
    const { world } = visit.server
    const app = await visit.open('/jobs')
    await app.badge.filter({ hasText: 'No agents' }).waitFor()
    expect(await app.badge.getAttribute('data-tone')).to.equal('bad')
    const agent = sampleAgent()
    world.putAgent(agent)
    await app.badge.filter({ hasText: '1 idle' }).waitFor()
    expect(await app.badge.getAttribute('data-tone')).to.equal('busy')
    world.putJob(runningJob(agent.id))
    await app.badge.filter({ hasText: '1 running' }).waitFor()
    expect(await app.badge.getAttribute('data-tone')).to.equal('good')
    world.changeAgent(agent.id, { liveness: 'degraded' })
    await app.badge.filter({ hasText: '1 running · 1 degraded' }).waitFor()
    expect(await app.badge.getAttribute('data-tone')).to.equal('warn')
    await app.badge.hover()
    world.putAgent(sampleAgent({ name: 'asleep', liveness: 'offline', lastSeenAt: null, connection: null }))
    const tip = app.page.getByRole('tooltip').filter({ hasText: '1 of 2 agents online, 1 idle, 1 degraded' })
    await tip.waitFor()
    await app.page.keyboard.press('Escape')
    await tip.waitFor({ state: 'hidden' })
    await app.badge.click()
    await app.arrives('Agents')
  })
})

describe('what agents do, in their list', () => {
  const visit = useDashboard()

  it('stands there with its progress, and is a click away', async () => {
    const { world } = visit.server
    const studio = sampleAgent({ name: 'studio' })
    const job = runningJob(studio.id)
    world.putAgent({ ...studio, running: [{ job: job.id, attempt: 1 }] })
    world.putJob(job)
    const app = await visit.open('/agents')
    const row = new AgentsScreen(app).row('studio')
    await row.getByRole('cell', { name: 'now', exact: true }).waitFor()
    await row.filter({ hasText: '1 of 2' }).filter({ hasText: 'walking 35 %' }).waitFor()
    await row
      .filter({ hasText: 'enlarger.lan' })
      .getByTitle('photostats, photo_pairing, pipeline_validation, self-tests')
      .waitFor()
    const progress = { stage: 'walking', done: 9_000, total: 12_000, current: null, message: null }
    world.changeJob(job.id, { progress })
    await row.filter({ hasText: 'walking 75 %' }).waitFor()
    await row.getByRole('link', { name: 'Photo statistics' }).click()
    await app.isAt(`/jobs/${job.id}`)
  })

  it('is not told of one that is away; its own page says of when it is', async () => {
    const { world } = visit.server
    const at = Date.now() - 300_000
    const attic = sampleAgent({ name: 'attic', liveness: 'offline', lastSeenAt: at, note: 'an old story' })
    world.putAgent(attic)
    const app = await visit.open('/agents')
    await new AgentsScreen(app).row('attic').filter({ hasText: 'not there' }).waitFor()
    await app.page.getByRole('link', { name: 'attic' }).click()
    await app.page.getByText('As of 5 min ago, when it was last heard of').waitFor()
    await app.page.getByText('312 GB of 4.00 TB free for /photos/2026').waitFor()
    await app.page.getByText('by Ben Stone').waitFor()
    expect(await app.page.getByText('an old story').count()).to.equal(0)
  })

  it('is nothing where one was never started, with the command that starts it', async () => {
    const never = sampleAgent({ liveness: 'offline', lastSeenAt: null, connection: null, load: null })
    visit.server.world.putAgent(never)
    const app = await visit.open(`/agents/${never.id}`)
    await new AgentScreen(app).state.filter({ hasText: 'Never started' }).waitFor()
    await app.page.getByRole('button', { name: 'Copy the command safelight-agent start' }).waitFor()
    await app.page.locator('.facts', { hasText: 'Last heard of' }).getByText('never').waitFor()
  })
})

describe('registration tokens, in the browser', () => {
  const visit = useDashboard()

  it('are made for as many hours as one wants, listed with who made them, and made void', async () => {
    const { world, asked } = visit.server
    const app = await visit.open('/agents/enrol')
    const enrol = new EnrolScreen(app)
    await app.page.getByText('There are none.').waitFor()
    await app.page.getByLabel('Hours until it is void').fill('200')
    await app.page.getByText('from 1 to 168.').waitFor()
    expect(await app.page.getByRole('button', { name: 'Make the line' }).isDisabled()).to.equal(true)
    await app.page.getByLabel('Hours until it is void').fill('72')
    await enrol.makeLine({ name: 'attic' })
    const made = asked.all.find(({ route }) => route === 'makeAgentToken')
    expect(made?.body).to.deep.equal({ name: 'attic', expiresInHours: 72 })
    const row = enrol.token('attic')
    await row.filter({ hasText: 'Unused' }).filter({ hasText: 'by you' }).waitFor()
    await row.getByRole('button').click()
    await app.dialog.getByText('Nobody can enrol with “attic” any more.').waitFor()
    await app.dialog.getByRole('button', { name: 'Make void' }).click()
    await app.notice('attic is void.').waitFor()
    await row.waitFor({ state: 'detached' })
    expect(world.tokens).to.deep.equal([])
    await app.page.getByRole('button', { name: 'Make the line' }).waitFor()
  })

  it('lead to the agents that have used them', async () => {
    const { world } = visit.server
    const agent = sampleAgent({ name: 'studio' })
    world.putAgent(agent)
    const used = sampleToken({ name: 'first', usedBy: agent.id })
    world.tokens.push(used, sampleToken({ name: 'late', expiresAt: Date.now() - 60_000 }))
    const app = await visit.open('/agents/enrol')
    const enrol = new EnrolScreen(app)
    await enrol.token('late').filter({ hasText: 'Expired' }).waitFor()
    await enrol.token('first').filter({ hasText: 'Used' }).getByRole('link', { name: 'studio' }).click()
    await app.isAt(`/agents/${agent.id}`)
  })
})

describe('enrolling the first agent, in the browser', () => {
  const visit = useDashboard()

  it('leads from nothing to an agent that is there', async () => {
    const { world } = visit.server
    const app = await visit.open('/agents')
    await app.page.getByRole('link', { name: 'Enrol the first agent' }).click()
    await app.arrives('Enrol an agent')
    const enrol = new EnrolScreen(app)
    const line = await enrol.makeLine({ folder: '/photos of 2026', name: 'studio' })
    expect(line).to.equal(
      `SAFELIGHT_AGENT_TOKEN=art_scripted_token_0123456789 safelight-agent register --server ${visit.server.url} --root '/photos of 2026' --name studio && safelight-agent start`,
    )
    await app.page.getByText('Waiting for it to come online').waitFor()
    const stranger = sampleAgent({ name: 'stranger', registeredAt: Date.now() })
    world.putAgent(stranger)
    const agent = sampleAgent({
      name: 'studio',
      registeredAt: Date.now(),
      liveness: 'offline',
      lastSeenAt: null,
      connection: null,
    })
    for (const token of world.tokens) token.usedBy = agent.id
    world.putAgent(agent)
    await enrol.arrived.filter({ hasText: 'studio' }).waitFor()
    await app.page.getByText('is about to connect').waitFor()
    world.changeAgent(agent.id, { liveness: 'healthy', lastSeenAt: Date.now() })
    await app.notice('studio is online.').waitFor()
    await app.page.getByRole('link', { name: 'Look at its photos' }).click()
    await app.arrives('New job')
    await app.isAt(`/submit?agent=${agent.id}&tool=photostats`)
  })
})

describe('one agent, in the browser', () => {
  const visit = useDashboard()

  it('is paused with a note, resumed, and says so in its history', async () => {
    const { world, asked } = visit.server
    const agent = sampleAgent({ name: 'studio' })
    world.putAgent(agent)
    const app = await visit.open(`/agents/${agent.id}`)
    const screen = new AgentScreen(app)
    await screen.choose('Pause')
    await app.dialog.getByRole('radio', { name: '15 minutes' }).check()
    await app.dialog.getByLabel('Why (optional)').fill('new disks')
    await screen.confirm('Pause')
    await screen.state.filter({ hasText: 'Paused' }).waitFor()
    await app.page.getByText('new disks').waitFor()
    const pause = asked.all.find(({ route }) => route === 'pauseAgent')
    expect(pause?.body).to.deep.equal({ note: 'new disks', forMs: 900_000 })
    world.events.push({
      at: Date.now(),
      by: world.me?.user.id ?? '',
      what: 'resumed',
      from: null,
      to: null,
      reason: 'done',
    })
    await screen.choose('Resume')
    await screen.confirm('Resume')
    await screen.state.filter({ hasText: 'Idle' }).waitFor()
    await app.page.locator('.history', { hasText: 'resumed by you' }).waitFor()
  })

  it('is renamed, revoked and removed, each after a word about what that means', async () => {
    const { world } = visit.server
    const agent = sampleAgent({ name: 'studio' })
    world.putAgent(agent)
    const app = await visit.open(`/agents/${agent.id}`)
    const screen = new AgentScreen(app)
    await screen.choose('Edit')
    await app.dialog.getByLabel('Tags').fill('no tag')
    await app.dialog.getByText("Each must be 'key=value'").waitFor()
    await app.dialog.getByLabel('Tags').fill('site=attic')
    await app.dialog.getByLabel('Name').fill('attic')
    await screen.confirm('Save')
    await app.arrives('attic')
    await screen.choose('Revoke')
    await app.dialog.getByText('Its key is void at once').waitFor()
    await screen.confirm('Revoke')
    await screen.state.filter({ hasText: 'Revoked' }).waitFor()
    await screen.choose('Remove')
    await app.dialog.getByText('The jobs that it did stay').waitFor()
    await screen.confirm('Remove')
    await app.arrives('Agents')
    await app.page.getByRole('heading', { name: 'No agents yet' }).waitFor()
  })

  it('keeps the dialog open and says why when it is refused', async () => {
    const { world } = visit.server
    const agent = sampleAgent()
    world.putAgent(agent)
    world.refused.set('removeAgent', {
      type: 'about:blank',
      title: 'in use',
      status: 409,
      code: 'in_use',
      detail: '2 collections are bound to it. Bind them to another agent first.',
    })
    const app = await visit.open(`/agents/${agent.id}`)
    await new AgentScreen(app).choose('Remove')
    await app.dialog.getByRole('button', { name: 'Remove' }).click()
    await app.dialog.getByText('Bind them to another agent first.').waitFor()
    await app.page.keyboard.press('Escape')
    await app.dialog.waitFor({ state: 'hidden' })
  })

  it('that there is not is said to be missing', async () => {
    const app = await visit.open(`/agents/${sampleAgent().id}`)
    await app.page.getByText('There is no such agent').waitFor()
    await app.page.getByRole('link', { name: 'All agents' }).click()
    await app.arrives('Agents')
  })
})

describe('a viewer, in the browser', () => {
  const visit = useDashboard({ me: () => sampleMe('viewer') })

  it('sees everything and is offered nothing that would be refused', async () => {
    const agent = sampleAgent()
    visit.server.world.putAgent(agent)
    const app = await visit.open(`/agents/${agent.id}`)
    await app.arrives(agent.name)
    expect(await app.page.getByRole('button', { name: 'Actions' }).count()).to.equal(0)
    expect(await app.page.getByRole('link', { name: 'New job' }).count()).to.equal(0)
    await app.open('/agents/enrol')
    await app.page.getByText('Only admins enrol agents').waitFor()
    await app.open('/submit')
    await app.page.getByText('Ask an admin of your team for the role operator.').waitFor()
  })
})
