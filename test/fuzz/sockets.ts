/** Every event of both sockets, what they are opened with, and packets that are none. */
import { io, type Socket } from 'socket.io-client'
import * as z from 'zod'
import {
  agentNamespace,
  agentSays,
  type Answer,
  Handshake,
  protocolVersion,
  serverSays,
} from '#specs/agent-link.ts'
import { dashboardNamespace, dashboardSays } from '#specs/live.ts'
import type { Problem } from '#specs/problem.ts'
import { frames } from '../server/link/test-agent.ts'
import { TestPage } from '../server/live/test-page.ts'
import { type Cast, framesWords, giveJobs, takeJobs } from './cast.ts'
import { faultInAnswer, faultInProblem } from './judge.ts'
import { packetsFor, payloadsFor, type Said } from './payloads.ts'
import type { Endpoint, Tried, Try } from './run.ts'
import { dashboardUrl } from './stage.ts'
import type { Words } from './values.ts'

/** Nobody is made to wait so long. */
const answerMs = 30_000

export const socketEndpoints: readonly Endpoint[] = [
  ...Object.entries(agentSays).map(([name, event]) => agentEvent(name, event)),
  ...Object.entries(dashboardSays).map(([name, event]) => dashboardEvent(name, event)),
  replays(),
  opening(agentNamespace, Handshake, async ({ border, api }) => {
    const { key, installation, boot } = await border.register({ api })
    return { key: [key], installation: [installation], boot: [boot], protocol: [protocolVersion] }
  }),
  opening(dashboardNamespace, z.object({ token: z.string() }), async ({ api }) => ({
    token: [(api.proof as { bearer: string }).bearer],
  })),
  packets(),
]

interface Event {
  readonly input: z.ZodType
  readonly answer: z.ZodType
}

/** Said by an agent that holds jobs. */
function agentEvent(name: string, { input, answer }: Event): Endpoint {
  return {
    name: `${agentNamespace} ${name}`,
    async chunk({ border, api, words }, count, seed) {
      const agent = await border.agent({ api, facts: { slots: 4 } })
      const jobs = await giveJobs(api, {
        id: agent.id,
        offers: async () => [await agent.offer()],
        accept: (attempt) => agent.say('accept', attempt),
        start: (attempt) => agent.say('started', attempt),
      })
      const job = [...jobs, ...jobs, ...(words['job'] as string[])]
      const known = { ...words, job, ...(name === 'frames' && framesWords) }
      const said = payloadsFor(input, count, seed, known)
      return {
        tries: said.map((payload) => tryOf(agent.socket, name, payload, answer)),
        async end() {
          agent.close()
          await takeJobs(api, jobs)
        },
      }
    },
  }
}

function dashboardEvent(name: string, { input, answer }: Event): Endpoint {
  return {
    name: `${dashboardNamespace} ${name}`,
    async chunk({ border, api, words }, count, seed) {
      const page = new TestPage(dashboardUrl(border), api.proof)
      const epochs: string[] = []
      for (const topic of ['agents', 'jobs'] as const) epochs.push((await page.watch({ topic })).at.epoch)
      const said = payloadsFor(input, count, seed, { ...words, epoch: epochs })
      return {
        tries: said.map((payload) => tryOf(page.socket, name, payload, answer)),
        end: async () => page.close(),
      }
    },
  }
}

function tryOf(socket: Socket, name: string, said: Said, schema: z.ZodType): Try {
  return {
    shown: () => JSON.stringify(said).slice(0, 1_500),
    async run() {
      if (!socket.connected) return { status: 0, fault: 'the connection was closed' }
      const answer = (await socket.timeout(answerMs).emitWithAck(name, ...said)) as Answer<unknown>
      return { status: answer.ok ? 200 : answer.problem.status, fault: faultInAnswer(schema, answer) }
    },
  }
}

/** What an agent answers when it is asked for frames that somebody wants to see. */
function replays(): Endpoint {
  const { answer } = serverSays.replay
  return {
    name: `${agentNamespace} replay (answered)`,
    // Each answer belongs to the question before it.
    atOnce: 1,
    async chunk({ border, api, words }, count, seed) {
      const agent = await border.agent({ api })
      const { id: job } = await api.ok('submitJob', { body: { tool: 'selftest.hang', agent: agent.id } })
      const attempt = await agent.run()
      // What came before them the server has not heard: it asks each time.
      await agent.frames(attempt, frames(5, 6))
      let answers: Said = []
      agent.socket.off('replay')
      agent.socket.on('replay', (...asked: unknown[]) =>
        (asked.at(-1) as (...said: Said) => void)(...answers),
      )
      const page = new TestPage(dashboardUrl(border), api.proof)
      await page.heard.next('connected')
      // None of them is all that is missing, so that the next one is asked for.
      const known = [frames(4, 4), frames(3, 4), frames(1, 3)]
      const said = payloadsFor(answer, count, seed, { ...words, frames: known })
      return {
        tries: said.map((given) => {
          const watch = tryOf(page.socket, 'watch', [{ topic: 'job', job }], dashboardSays.watch.answer)
          return {
            shown: () => JSON.stringify(given).slice(0, 1_500),
            run: () => {
              answers = given
              return watch.run()
            },
          }
        }),
        async end() {
          page.close()
          agent.close()
          await takeJobs(api, [job])
        },
      }
    },
  }
}

/** What a socket shows when it is opened. */
function opening(namespace: string, auth: z.ZodType, wordsOf: (cast: Cast) => Promise<Words>): Endpoint {
  return {
    name: `${namespace} (opening)`,
    async chunk(cast, count, seed) {
      const shown = payloadsFor(auth, count, seed, await wordsOf(cast), false)
      const url = namespace === agentNamespace ? cast.border.server.url : dashboardUrl(cast.border)
      return {
        tries: shown.map(([given]) => ({
          shown: () => JSON.stringify(given)?.slice(0, 1_500) ?? 'nothing',
          run: () => open(`${url}${namespace}`, opens(given) ? given : { token: JSON.stringify(given) }),
        })),
      }
    },
  }
}

/** Anything else is no packet that opens a socket, and cuts the connection. */
function opens(given: unknown): given is object {
  return typeof given === 'object' && given !== null && !Array.isArray(given) && !ArrayBuffer.isView(given)
}

function open(address: string, auth: object): Promise<Tried> {
  const { promise, resolve } = Promise.withResolvers<Tried>()
  const socket = io(address, {
    auth,
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
  })
  socket.once('connect', () => resolve({ status: 200, fault: undefined }))
  socket.once('connect_error', (error: Error & { data?: Problem }) =>
    resolve({ status: error.data?.status ?? 0, fault: faultInProblem(error.data) }),
  )
  socket.once('disconnect', (reason) => resolve({ status: 0, fault: `it was cut off: ${reason}` }))
  return promise.finally(() => socket.close())
}

/** Whatever a web socket carries, the next one is heard. */
function packets(): Endpoint {
  return {
    name: 'packets',
    async chunk({ border, api }, count, seed) {
      const { key, installation, boot } = await border.register({ api })
      const opened = { key, installation, boot, protocol: protocolVersion }
      const token = (api.proof as { bearer: string }).bearer
      const known = [
        `40${agentNamespace},${JSON.stringify(opened)}`,
        `40${dashboardNamespace},${JSON.stringify({ token })}`,
        `42${agentNamespace},1["claim",{"free":1}]`,
        `42${dashboardNamespace},2["watch",{"topic":"pool"}]`,
        `42${dashboardNamespace},["unwatch",{"topic":"pool"}]`,
        `451-${agentNamespace},3["finish",{"_placeholder":true,"num":0}]`,
        `41${dashboardNamespace},`,
      ]
      const address = `${border.server.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`
      return {
        tries: packetsFor(known, count, seed).map((frames) => ({
          shown: () => JSON.stringify(frames.map(String)).slice(0, 1_500),
          run: () => throwAt(address, frames),
        })),
      }
    },
  }
}

function throwAt(address: string, frames: readonly (string | Uint8Array<ArrayBuffer>)[]): Promise<Tried> {
  const { promise, resolve, reject } = Promise.withResolvers<Tried>()
  const socket = new WebSocket(address)
  let opened = false
  socket.addEventListener('open', () => {
    opened = true
    for (const frame of frames) socket.send(frame)
    socket.close()
  })
  socket.addEventListener('close', () =>
    opened ? resolve({ status: 200, fault: undefined }) : reject(new Error('it was not opened')),
  )
  return promise
}
