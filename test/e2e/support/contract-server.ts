/**
 * A server that speaks the dashboard's contracts with what a spec tells it to say: for states that the real one is hard
 * to bring into. HTTP, sockets and every body are real, and parsed on the way in and out.
 */
import express from 'express'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { webRouter } from '#server/web.ts'
import { buildWeb } from '#server/web-build/build.ts'
import { dashboardNamespace } from '#specs/live.ts'
import type { Me } from '#specs/people.ts'
import type { ProblemCode } from '#specs/problem.ts'
import type { RouteName } from '#specs/routes.ts'
import { projectDir } from '../../support/run.ts'
import { Events } from '../../support/events.ts'
import { restRouter } from './contract-rest.ts'
import { Topics } from './contract-topics.ts'
import { World } from './contract-world.ts'
import { problem } from './problem.ts'
import { sampleMe } from './samples.ts'

export type Asked = { readonly kind: 'asked'; readonly route: RouteName; readonly body: unknown }

export type ContractServer = {
  readonly url: string
  /** What is said; change it as a spec needs it. */
  readonly world: World
  readonly topics: Topics
  /** What the page has asked for. */
  readonly asked: Events<Asked>
  /** Ends every page's session. */
  signOut(reason: string): void
  /** Says something that is in no contract. */
  babble(): void
  /** Hangs up on every page, and lets none back until it is mended. */
  cut(): void
  mend(): void
  stop(): Promise<void>
}

type Options = {
  /** Null: nobody is signed in. */
  readonly me?: Me | null
  /** Without the dashboard's own files, for specs that need no browser. */
  readonly bare?: boolean
}

export async function startContractServer({
  me = sampleMe(),
  bare = false,
}: Options = {}): Promise<ContractServer> {
  const app = express()
  const server = createServer(app)
  const io = new Server(server)
  const dashboard = io.of(dashboardNamespace)
  const topics = new Topics(dashboard)
  const world = new World(topics, me)
  const asked = new Events<Asked>()
  let isCut = false
  dashboard.use((_socket, next) => {
    if (isCut) return next(refusal('unavailable', 'The server is away.'))
    next(world.me === null ? refusal('not_signed_in', 'Sign in first.') : undefined)
  })
  dashboard.on('connection', (socket) => topics.serve(socket, world))
  app.use('/api', restRouter(world, asked))
  if (!bare) {
    const { folder } = await buildWeb({ root: projectDir, say: console.log })
    app.use(await webRouter(folder))
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    world,
    topics,
    asked,
    signOut(reason) {
      world.me = null
      dashboard.emit('signedOut', { reason })
      dashboard.disconnectSockets(true)
    },
    babble() {
      dashboard.emit('delta', { topic: 'weather', sunny: true })
    },
    cut() {
      isCut = true
      dashboard.disconnectSockets(true)
    },
    mend() {
      isCut = false
    },
    async stop() {
      await io.close()
    },
  }
}

function refusal(code: ProblemCode, detail: string): Error {
  return Object.assign(new Error(code), { data: problem(code, detail) })
}
