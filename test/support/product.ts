/** The product as a server starts it, wired from settings, in this process: for what has to be true of the whole. */
import express from 'express'
import { silent } from '#runtime/log.ts'
import { serve } from '#server/http.ts'
import { joinCluster } from '#server/node.ts'
import { startProduct } from '#server/product.ts'
import { readSettings } from '#server/settings.ts'
import { Api, cookieOf } from './api.ts'
import { freshDatabase } from './database.ts'
import { newEmail, password } from './rest.ts'

export interface ProductSystem {
  readonly url: string
  /** The first admin. */
  firstAdmin(): Promise<Api>
  stop(): Promise<void>
}

/** With these variables in its environment. */
export async function startWhole(environment: Readonly<Record<string, string>>): Promise<ProductSystem> {
  const fresh = await freshDatabase()
  const pool = fresh.pool()
  const settings = readSettings({ ...environment, DATABASE_URL: fresh.url, PORT: '0' })
  const database = { url: fresh.url, pool, stop: () => pool.end() }
  const { times, fleetLimits: limits } = settings
  const node = await joinCluster({ database, times, limits, log: silent })
  const app = express()
  const http = await serve(app, settings)
  const { server, url } = http
  const product = await startProduct({
    settings,
    database,
    node,
    server,
    publicUrl: url,
    version: '1',
    log: silent,
  })
  app.use(product.rest)
  return {
    url,
    async firstAdmin() {
      const token = (await product.people.welcomeLink())?.split('#token=')[1] ?? ''
      const body = { token, email: newEmail(), name: 'Ada', password, team: 'A' }
      const { headers } = await new Api(url).try('welcome', { body })
      return new Api(url, { cookie: cookieOf(headers) })
    },
    async stop() {
      product.hangUp()
      await http.stop()
      await product.stop()
      await node.stop()
      await pool.end()
      await fresh.drop()
    },
  }
}
