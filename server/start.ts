import { startDatabase } from './database.ts'
import { makeApp, serve } from './http.ts'
import { joinCluster } from './node.ts'
import type { Check } from './readiness.ts'
import type { Settings } from './settings.ts'

export type RunningServer = {
  readonly url: string
  /** Stops requests first and the database last. */
  stop(): Promise<void>
}

/**
 * Starts the parts in order; when one fails, those before it are stopped again. HTTP comes first, so that a taken
 * port is found at once, and answers that it isn't ready until the rest is.
 */
export async function startServer(settings: Settings, say: (line: string) => void): Promise<RunningServer> {
  const checks: Record<string, Check> = { start: () => Promise.reject(new Error('still starting')) }
  await using core = new AsyncDisposableStack()
  await using border = new AsyncDisposableStack()
  const http = await serve(makeApp(checks), settings)
  border.defer(() => http.stop())
  const database = await startDatabase(settings, say)
  core.defer(() => database.stop())
  const node = await joinCluster(database)
  core.defer(() => node.stop())
  checks['database'] = () => database.pool.query('select 1')
  checks['node'] = () => node.ready()
  delete checks['start']
  const parts = [border.move(), core.move()]
  return {
    url: http.url,
    async stop() {
      for (const part of parts) await part.disposeAsync()
    },
  }
}
