import { expect } from 'chai'
import { violationsOn } from './support/axe.ts'
import {
  runningJob,
  sampleAgent,
  sampleJob,
  sampleMe,
  samplePhotostats,
  sampleToken,
} from './support/samples.ts'
import { useDashboard } from './support/visit.ts'
import type { App } from './pages/app.ts'
import { problem } from './support/problem.ts'
import type { World } from './support/contract-world.ts'

const phone = { width: 320, height: 740 }
const themes = ['light', 'dark'] as const
type Screen = readonly [path: string, ready: (app: App) => Promise<unknown>]

/** Puts much on every screen; returns what has a screen of its own. */
function fill(world: World) {
  const studio = sampleAgent({ name: 'studio', note: 'New disks until Friday', standing: 'paused' })
  const away = sampleAgent({ name: 'attic', liveness: 'offline', tags: [] })
  const never = sampleAgent({
    name: 'cellar-with-a-long-name',
    liveness: 'offline',
    lastSeenAt: null,
    connection: null,
    load: null,
  })
  const running = runningJob(studio.id)
  studio.running = [{ job: running.id, attempt: 1 }]
  const ended = sampleJob({
    state: 'completed',
    agent: studio.id,
    attempt: 1,
    hasResult: true,
    endedAt: Date.now(),
  })
  const error = { class: 'fatal', message: 'The folder is not there.', detail: 'ENOENT' } as const
  const again = sampleJob({
    waiting: { reason: 'queued', detail: 'It waits for an agent.', position: null },
  })
  const dead = sampleJob({ state: 'dead', error, attempts: running.attempts, retriedAs: again.id })
  const gone = sampleAgent()
  const orphan = runningJob(gone.id, {
    state: 'completed',
    agentName: 'an-agent-that-was-removed',
    retryOf: dead.id,
  })
  const waiting = sampleJob({ waiting: { reason: 'queued', detail: 'It is its turn soon', position: 1 } })
  world.putAgent(studio, away, never)
  world.putJob(running, ended, dead, waiting, again, orphan)
  world.tokens.push(
    sampleToken({ name: 'for-the-attic', usedBy: away.id }),
    sampleToken({ name: 'late', expiresAt: Date.now() - 1 }),
    sampleToken(),
  )
  world.results.set(ended.id, JSON.parse(JSON.stringify(samplePhotostats)))
  const at = Date.now()
  world.events.push({ at, by: 'server', what: 'liveness', from: 'degraded', to: 'healthy', reason: null })
  world.frames.set(running.id, [
    { type: 'log', seq: 1, at, level: 'debug', text: 'begins' },
    { type: 'log', seq: 2, at, level: 'warn', text: 'a.nef has no sidecar' },
    { type: 'log', seq: 3, at, level: 'error', text: 'b can not be read' },
  ])
  return { studio, away, never, running, ended, dead, orphan }
}

/** Every screen with much on it; what shows that it is there. */
function screens(world: World): Screen[] {
  const { studio, away, never, running, ended, dead, orphan } = fill(world)
  const heading = (name: string) => (app: App) => app.arrives(name)
  const text = (words: string) => (app: App) => app.page.getByText(words).first().waitFor()
  return [
    ['/agents', (app) => app.row('attic').waitFor()],
    [`/agents/${studio.id}`, text('liveness: degraded')],
    [`/agents/${away.id}`, text('when it was last heard of')],
    [`/agents/${never.id}`, text('Never started')],
    ['/agents/enrol', text('for-the-attic')],
    ['/jobs', text('It is its turn soon')],
    [`/jobs/${running.id}`, text('b can not be read')],
    [`/jobs/${ended.id}`, text('By type, the biggest first')],
    [`/jobs/${dead.id}`, text('It was run again')],
    [`/jobs/${orphan.id}`, text('(removed)')],
    ['/submit', text('It will wait')],
    ['/submit?tool=selftest.fail', text('Until attempt')],
    ['/nowhere', text('There is no such screen')],
    ['/sign-in', heading('Sign in to Safelight')],
    ['/welcome#token=wel_once', heading('Welcome to Safelight')],
    ['/welcome', text('This page needs the one-time link')],
  ]
}

describe('every screen of the dashboard', function () {
  this.timeout(90_000)
  const visit = useDashboard()

  for (const colorScheme of themes) {
    it(`bars nobody in the ${colorScheme} theme`, async () => {
      const found: string[] = []
      const app = await visit.open('/', { colorScheme, reducedMotion: 'reduce' })
      for (const [path, ready] of screens(visit.server.world)) {
        await app.open(path)
        await ready(app)
        found.push(...(await violationsOn(app.page)).map((violation) => `${path} ${violation}`))
      }
      expect(found.join('\n')).to.equal('')
    })
  }

  it('fits on a phone, and can be hit with a finger', async () => {
    const found: string[] = []
    const app = await visit.open('/', { viewport: phone })
    for (const [path, ready] of screens(visit.server.world)) {
      await app.open(path)
      await ready(app)
      found.push(...(await misfits(app)).map((misfit) => `${path} ${misfit}`))
    }
    expect(found.join('\n')).to.equal('')
  })

  it('bars nobody where it is empty, where it has failed and where it waits', async () => {
    const found: string[] = []
    const { world } = visit.server
    const app = await visit.open('/agents', { reducedMotion: 'reduce' })
    const look = async (path: string, words: string) => {
      await app.open(path)
      await app.page.locator('main').getByText(words).first().waitFor()
      found.push(...(await violationsOn(app.page)).map((violation) => `${path}, ${words}: ${violation}`))
    }
    await look('/agents', 'No agents yet')
    await look('/jobs', 'No jobs, and nobody to do them')
    world.refused.set('agents', problem('not_allowed', 'This is not for you.'))
    world.refused.set('jobs', problem('not_allowed', 'This is not for you.'))
    await look('/agents', "The agents can't be shown")
    await look('/jobs', "The jobs can't be shown")
    world.silent.add('listTools')
    await look('/submit', 'Loading the tools')
    visit.server.cut()
    await look('/agents', 'There is no connection to the server')
    world.refused.set('me', problem('unavailable', 'The database is away.'))
    await look('/agents', "Safelight can't be reached")
    expect(found.join('\n')).to.equal('')
  })
})

/** What is wider than the screen, and controls that are too small: 24 by 24 is the least. */
async function misfits(app: App): Promise<string[]> {
  return app.page.evaluate<string[]>(`(() => {
    const found = []
    const wide = document.documentElement.scrollWidth
    if (wide > innerWidth) found.push('is ' + wide + ' wide')
    for (const cell of document.querySelectorAll('td, dd')) {
      if (cell.scrollWidth > cell.clientWidth + 1) found.push(cell.textContent.trim() + ' runs out of its cell')
    }
    for (const element of document.querySelectorAll('a, button, input, select, summary')) {
      const { width, height } = element.getBoundingClientRect()
      const isShown = width > 1 && height > 1 && element.checkVisibility()
      // A link within a sentence may be as small as the sentence, and a label around a control counts with it.
      const isInText = element.matches('p a, dd a, li a, td a') || element.closest('label') !== null
      if (isShown && !isInText && (width < 24 || height < 24))
        found.push(element.outerHTML.slice(0, 120) + ' is ' + Math.round(width) + ' by ' + Math.round(height))
    }
    return found
  })()`)
}

describe('dialogs and menus of the dashboard', () => {
  const visit = useDashboard()

  it('bar nobody, and give the focus back', async () => {
    const agent = sampleAgent({ name: 'studio' })
    visit.server.world.putAgent(agent)
    const app = await visit.open(`/agents/${agent.id}`, { reducedMotion: 'reduce' })
    const opener = app.page.getByRole('button', { name: 'Actions' })
    await opener.focus()
    await app.page.keyboard.press('ArrowDown')
    const first = app.page.locator('.menu-list').getByRole('button', { name: 'Pause' })
    await first.and(app.page.locator(':focus')).waitFor()
    expect(await violationsOn(app.page)).to.deep.equal([])
    await app.page.keyboard.press('Escape')
    await opener.and(app.page.locator(':focus')).waitFor()
    await app.page.keyboard.press('Enter')
    await app.page.locator('.menu-list').getByRole('button', { name: 'Edit' }).press('Enter')
    await app.dialog.waitFor()
    expect(await violationsOn(app.page)).to.deep.equal([])
    await app.page.keyboard.press('Escape')
    await app.dialog.waitFor({ state: 'hidden' })
    await opener.and(app.page.locator(':focus')).waitFor()
  })
})

describe('the dashboard by keyboard alone', () => {
  const visit = useDashboard({ me: () => sampleMe('operator') })

  it('leads to a job and cancels it', async () => {
    const { world } = visit.server
    const agent = sampleAgent({ name: 'studio' })
    const job = runningJob(agent.id)
    world.putAgent(agent)
    world.putJob(job)
    const app = await visit.open('/agents')
    const { keyboard } = app.page
    await app.row('studio').waitFor()
    const tabTo = async (name: string) => {
      for (let presses = 0; presses < 40; presses++) {
        await keyboard.press('Tab')
        const text = await app.page.evaluate<string>(
          `(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent).trim()`,
        )
        if (text === name) return
      }
      throw new Error(`no Tab leads to '${name}'`)
    }
    await tabTo('Jobs')
    await keyboard.press('Enter')
    await app.arrives('Jobs')
    await app.heading.and(app.page.locator(':focus')).waitFor()
    await tabTo('Photo statistics')
    await keyboard.press('Enter')
    await app.arrives('Photo statistics')
    await app.heading.and(app.page.locator(':focus')).waitFor()
    await tabTo('Cancel')
    await keyboard.press('Enter')
    await app.dialog.waitFor()
    await tabTo('Cancel the job')
    await keyboard.press('Enter')
    await app.page.locator('.page-head .chip', { hasText: 'Cancelled' }).waitFor()
  })

  it('passes over the header where one wants to', async () => {
    const app = await visit.open('/jobs')
    await app.arrives('Jobs')
    await app.page.keyboard.press('Tab')
    await app.page
      .getByRole('link', { name: 'Skip to the content' })
      .and(app.page.locator(':focus'))
      .waitFor()
    await app.page.keyboard.press('Enter')
    await app.page.locator('main:focus').waitFor()
    await app.isAt('/jobs')
  })
})

describe('the theme of the dashboard', () => {
  const visit = useDashboard()

  it('is the system’s until one chooses, and then stays chosen', async () => {
    const app = await visit.open('/jobs', { colorScheme: 'dark' })
    const ground = () =>
      app.page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor')
    await app.arrives('Jobs')
    const dark = await ground()
    await app.themeSwitch.click()
    await app.page.locator('html[data-theme=light]').waitFor()
    const light = await ground()
    expect(light).not.to.equal(dark)
    await app.page.reload()
    await app.arrives('Jobs')
    expect(await ground()).to.equal(light)
    await app.themeSwitch.click()
    await app.page.locator('html[data-theme=dark]').waitFor()
    expect(await ground()).to.equal(dark)
  })
})
