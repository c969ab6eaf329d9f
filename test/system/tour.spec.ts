import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Browser } from 'playwright-core'
import { App } from '../e2e/pages/app.ts'
import { JobScreen, SubmitScreen } from '../e2e/pages/jobs.ts'
import { Doors } from '../e2e/pages/people.ts'
import { startBrowser } from '../support/browser.ts'
import { runFolder } from '../support/run.ts'
import { startServer, type ServerProcess } from '../support/server.ts'

describe('somebody who starts Safelight for the first time, with a browser', function () {
  this.timeout(120_000)
  const photos = runFolder('tour-photos')
  let server: ServerProcess
  let browser: Browser
  let app: App
  before(async () => {
    mkdirSync(join(photos, 'iceland'), { recursive: true })
    for (const name of ['IMG_1.CR3', 'IMG_1.xmp', 'IMG_2.CR3', 'iceland/lost.xmp', 'iceland/IMG_3.jpg'])
      writeFileSync(join(photos, name), name)
    server = await startServer({
      environment: { SAFELIGHT_LOCAL_AGENT: 'on', SAFELIGHT_LOCAL_ROOTS: photos },
    })
    browser = await startBrowser()
    app = new App(await browser.newPage(), server.url)
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })
  async function newJob(): Promise<SubmitScreen> {
    await app.page.getByRole('link', { name: 'New job' }).click()
    return new SubmitScreen(app)
  }

  it('becomes the admin by the link that the server prints', async () => {
    const link = server.output.join('\n').match(/http\S+#token=\S+/)?.[0] ?? ''
    await app.page.goto(link)
    const doors = new Doors(app)
    await doors.fillWelcome({ name: 'Ada', email: 'ada@example.org', password: 'correct horse battery' })
    await doors.begin()
    await app.badge.waitFor()
  })

  it('sees the agent of this machine come by itself', async () => {
    await app.badge.filter({ hasText: '1 idle' }).waitFor()
  })

  it('scans a folder, and reads what is in it', async () => {
    const form = await newJob()
    await form.chooseTool('Photo statistics')
    await form.field('Folder').fill(photos)
    await form.start()
    const job = new JobScreen(app)
    await job.is('Completed')
    await job.result.getByText('1 image without sidecar').click()
    await job.result.getByText('IMG_2.CR3').waitFor()
    await job.result.getByText('1 sidecar without image').click()
    await job.result.getByText('iceland/lost.xmp').waitFor()
  })

  it('cancels a job that runs', async () => {
    const form = await newJob()
    await form.chooseTool('Self-test: sleep')
    await form.field('Milliseconds').fill('600000')
    await form.start()
    const job = new JobScreen(app)
    await job.is('Running')
    await job.cancel('seen enough')
    await job.is('Cancelled')
    expect(await app.page.getByText('seen enough').count()).to.be.above(0)
  })
})
