/** One LISTEN session on a connection of its own, with a heartbeat that finds out when nobody is at the other end. */
import { randomUUID } from 'node:crypto'
import { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import pgListen, { type Subscriber } from 'pg-listen'
import { clientConfig } from './connect.ts'
import type { ListenOptions } from './listen.ts'

export type Session = {
  /** A channel of this session alone, for probes. */
  readonly probeChannel: string
  /** Hears the probe channel until the returned function is called. */
  onProbe(hear: (payload: string) => void): () => void
  /** Resolves when the session is over: with the reason if it was lost, with undefined if it was stopped. */
  readonly lost: Promise<Error | undefined>
}

type Payloads = Record<string, string>
type SessionOptions = ListenOptions & Required<Pick<ListenOptions, 'heartbeatMs' | 'heartbeatTimeoutMs'>>
type Line = {
  readonly subscriber: Subscriber<Payloads>
  readonly socket: Socket
  readonly ended: Promise<Error>
}

const connectTimeoutMs = 5_000
const closeTimeoutMs = 1_000
const beatChannel = 'heartbeat'

/** Connects and listens. Rejects when that fails; `stopping` ends the session in every state. */
export async function openSession(options: SessionOptions, stopping: AbortSignal): Promise<Session> {
  const line = makeLine(options)
  const { subscriber, socket } = line
  const probeChannel = `probe_${randomUUID().replaceAll('-', '')}`
  for (const channel of options.channels) {
    subscriber.notifications.on(channel, (payload) => options.onNotify(payload ?? '', channel))
  }
  const destroy = () => socket.destroy()
  stopping.addEventListener('abort', destroy)
  try {
    stopping.throwIfAborted()
    await subscriber.connect()
    const listening = listenTo(subscriber, [...options.channels, probeChannel])
    await before(options.heartbeatTimeoutMs, listening, 'LISTEN got no answer')
  } catch (error) {
    destroy()
    throw error
  } finally {
    stopping.removeEventListener('abort', destroy)
  }
  return {
    probeChannel,
    onProbe: (hear) => hearProbe(subscriber, probeChannel, hear),
    lost: untilLost(line, options, stopping),
  }
}

function makeLine(options: SessionOptions): Line {
  const socket = new Socket()
  const subscriber = pgListen.default<Payloads>(
    {
      ...clientConfig({ ...options, applicationName: `${options.applicationName} listen` }),
      connectionTimeoutMillis: connectTimeoutMs,
      // Handed in, because closing the socket is the only way to end a session that doesn't answer.
      stream: () => socket,
    },
    // retryLimit 1 makes it give up at once and say so; the next session is ours to open.
    { paranoidChecking: false, retryLimit: 1, parse: (payload) => payload },
  )
  const ended = new Promise<Error>((resolve) => {
    // Stays on for good: a closed session may fail once more, and an 'error' nobody hears ends the process.
    subscriber.events.on('error', (cause) => resolve(new Error('the LISTEN connection was lost', { cause })))
  })
  return { subscriber, socket, ended }
}

async function listenTo(subscriber: Subscriber<Payloads>, channels: readonly string[]): Promise<void> {
  for (const channel of channels) await subscriber.listenTo(channel)
}

function hearProbe(
  subscriber: Subscriber<Payloads>,
  channel: string,
  hear: (payload: string) => void,
): () => void {
  const pass = (payload: string | undefined) => hear(payload ?? '')
  subscriber.notifications.on(channel, pass)
  return () => void subscriber.notifications.removeListener(channel, pass)
}

async function untilLost(
  line: Line,
  options: SessionOptions,
  stopping: AbortSignal,
): Promise<Error | undefined> {
  const over = new AbortController()
  const either = AbortSignal.any([stopping, over.signal])
  const loss = await Promise.race([line.ended, untilSilent(line.subscriber, options, either)])
  over.abort()
  if (loss === undefined) await close(line)
  line.socket.destroy()
  return loss
}

/** Resolves with an error when a heartbeat isn't answered in time, with undefined when told to stop. */
async function untilSilent(
  subscriber: Subscriber<Payloads>,
  { heartbeatMs, heartbeatTimeoutMs }: SessionOptions,
  stop: AbortSignal,
): Promise<Error | undefined> {
  const silence = `the LISTEN connection did not answer for ${heartbeatTimeoutMs} ms`
  while (!stop.aborted) {
    await pause(heartbeatMs, undefined, { signal: stop }).catch(() => {})
    if (stop.aborted) return undefined
    try {
      await before(heartbeatTimeoutMs, beat(subscriber), silence)
    } catch (error) {
      return error instanceof Error ? error : new Error(silence, { cause: error })
    }
  }
  return undefined
}

// pg-listen lets nothing else run on its session. Of what it offers, LISTEN and UNLISTEN cost the least: a NOTIFY
// would take the lock that all commits of the cluster share.
function beat(subscriber: Subscriber<Payloads>): Promise<unknown> {
  const listensToBeat = subscriber.getSubscribedChannels().includes(beatChannel)
  const answer = listensToBeat ? subscriber.unlisten(beatChannel) : subscriber.listenTo(beatChannel)
  return Promise.resolve(answer)
}

async function close({ subscriber, socket }: Line): Promise<void> {
  await before(closeTimeoutMs, subscriber.close(), 'close got no answer').catch(() => {})
  socket.destroy()
}

/** Rejects when a promise isn't settled in time. */
async function before<T>(ms: number, promise: Promise<T>, complaint: string): Promise<T> {
  const settled = new AbortController()
  const late = pause(ms, undefined, { signal: settled.signal }).then(
    () => Promise.reject(new Error(complaint)),
    () => new Promise<never>(() => {}),
  )
  try {
    return await Promise.race([promise, late])
  } finally {
    settled.abort()
  }
}
