import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Express } from 'express'
import type { Log } from '#runtime/log.ts'
import { startDatabase } from './database.ts'
import { makeApp, serve } from './http.ts'
import { deafness } from './live/line.ts'
import { startLocalAgent } from './local-agent.ts'
import { jsonLog } from './log.ts'
import { isReady, joinCluster } from './node.ts'
import { type Product, startProduct } from './product.ts'
import type { Check, Warning } from './readiness.ts'
import { notHere } from './rest/app.ts'
import type { Settings } from './settings.ts'
import { buildWeb } from './web-build/build.ts'
import { webRouter } from './web.ts'

export type RunningServer = {
  readonly url: string
  /** Stops requests first and the database last. */
  stop(): Promise<void>
}
type Say = (line: string) => void

const root = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

/**
 * Starts the parts in order; when one fails, those before it are stopped again. HTTP comes first, so that a taken
 * port is found at once, and answers that it isn't ready until the rest is.
 */
export async function startServer(settings: Settings, say: Say): Promise<RunningServer> {
  const log = jsonLog(settings.logLevel, (line) => console.error(line))
  const checks: Record<string, Check> = { start: () => Promise.reject(new Error('still starting')) }
  await using core = new AsyncDisposableStack()
  await using border = new AsyncDisposableStack()
  const warnings: Record<string, Warning> = {}
  const app = makeApp(checks, warnings)
  const http = await serve(app, settings)
  border.defer(() => http.stop())
  const web = buildWeb({ root, say })
  web.catch(() => {})
  const database = await startDatabase(settings, say)
  core.defer(() => database.stop())
  const node = await joinCluster({ database, times: settings.times, limits: settings.fleetLimits, log })
  core.defer(() => node.stop())
  const publicUrl = settings.publicUrl ?? http.url
  const product = await startProduct({
    settings,
    database,
    node,
    server: http.server,
    publicUrl,
    version,
    log,
  })
  core.defer(() => product.stop())
  border.defer(() => product.hangUp())
  await answer(app, product, (await web).folder, log)
  checks['database'] = () => database.pool.query('select 1')
  checks['node'] = () => isReady(node)
  warnings['other servers'] = () => (product.bus.deaf ? deafness : null)
  if (settings.localAgent) {
    const agent = startLocalAgent({
      ...localAgentOf(settings),
      url: http.url,
      log,
      token: () => firstTeamToken(product),
    })
    border.defer(() => agent.stop())
  }
  delete checks['start']
  await greet(product, say)
  const parts = [border.move(), core.move()]
  return {
    url: http.url,
    async stop() {
      for (const part of parts) await part.disposeAsync()
    },
  }
}

async function answer(app: Express, product: Product, webFolder: string, log: Log): Promise<void> {
  app.use(product.rest)
  app.use(await webRouter(webFolder))
  app.use(notHere({ log }))
}

function localAgentOf({ dataDir, localRoots, surroundings }: Settings) {
  return {
    stateDir: join(dataDir, 'agent'),
    roots: localRoots.length > 0 ? localRoots : [homedir()],
    environment: surroundings,
  }
}

/** Waits until somebody has made the first team. */
async function firstTeamToken({ people, link }: Product): Promise<string> {
  return await link.registration.tokenFor(await people.firstTeam(), 'the local agent')
}

async function greet({ people }: Product, say: Say): Promise<void> {
  const link = await people.welcomeLink()
  if (link === undefined) return
  say(`Nobody is here yet. Open this once, within a day, to become the admin: ${link}`)
}
