/**
 * A TCP proxy in front of PostgreSQL that loses things on demand, the way networks do. It reads the protocol's
 * message borders, so a fault can hit between a request and its answer.
 */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { MessageReader, type Message } from './wire.ts'

export type Proxy = {
  /** The database's address, through the proxy. */
  readonly url: string
  /** Connections open through the proxy. */
  readonly open: number
  /** Closes every connection, at both ends. New ones are let through. */
  cut(): void
  /** From now on nothing passes and nothing is closed, for open and new connections alike. */
  blackhole(): void
  /** The same for the connections that are open now and whose application name matches; new ones are let through. */
  silence(matches: (application: string) => boolean): void
  /** Resolves when the next connection whose application name matches has been let through. */
  connected(matches: (application: string) => boolean): Promise<void>
  /** Ends the black hole and every armed fault. What was swallowed stays lost, so its connections are closed. */
  heal(): void
  /**
   * Arms one fault: the next client message that matches is forwarded, and its connection is cut before anything
   * of the answer comes back. Resolves when that has happened and the server has answered.
   */
  cutAfter(matches: (message: Message) => boolean): Promise<void>
  /** Keeps the next client message that matches on its way, with all that its connection sends after it. */
  hold(matches: (message: Message) => boolean): Promise<Held>
  /** Swallows the server's messages that match, such as notifications behind a pooler. */
  dropFromServer(matches: (message: Message) => boolean): void
  close(): Promise<void>
}

/** A request that is still on its way. */
export type Held = {
  /** The client's end breaks; the server doesn't learn of it, and the request stays on its way. */
  cutClient(): void
  /** Nothing passes on its connection any more, in either direction; neither end learns of it. */
  silence(): void
  /** The request arrives. Resolves with what the server says to it: up to its answer's end, or to the connection's. */
  release(): Promise<string>
}

type Matches = (message: Message) => boolean
type Link = {
  readonly client: Socket
  readonly server: Socket
  application: string
  silent: boolean
  /** What waits while a request is held. */
  held: Buffer[] | undefined
}
type Armed = { readonly matches: Matches; readonly hit: () => void }
type Holding = { readonly matches: Matches; readonly hit: (held: Held) => void }
type Expected = { readonly matches: (application: string) => boolean; readonly hit: () => void }

class State {
  readonly links = new Set<Link>()
  swallow = false
  armed: Armed | undefined
  holding: Holding | undefined
  drop: Matches | undefined
  expected: Expected[] = []
}

/** Starts a proxy to the server of a database address. */
export async function startProxy(url: string): Promise<Proxy> {
  const target = new URL(url)
  const state = new State()
  const listener = createServer((client) => join(state, client, Number(target.port), target.hostname))
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String((listener.address() as AddressInfo).port)
  return {
    url: through.href,
    get open() {
      return state.links.size
    },
    cut: () => cut(state),
    blackhole: () => void (state.swallow = true),
    silence: (matches) => silence(state, matches),
    connected: (matches) => new Promise((hit) => state.expected.push({ matches, hit })),
    heal: () => heal(state),
    cutAfter: (matches) => new Promise((hit) => (state.armed = { matches, hit })),
    hold: (matches) => new Promise((hit) => (state.holding = { matches, hit })),
    dropFromServer: (matches) => void (state.drop = matches),
    close: () => close(state, listener),
  }
}

function join(state: State, client: Socket, port: number, host: string): void {
  const server = connect({ port, host, noDelay: true })
  client.setNoDelay(true)
  const link: Link = { client, server, application: '', silent: false, held: undefined }
  state.links.add(link)
  const end = (closed: Socket) => {
    // A black hole doesn't tell either end that the other one is gone.
    if (state.swallow || link.silent || (link.held && closed === client)) return
    destroy(state, link)
  }
  for (const socket of [client, server]) socket.on('error', () => {}).on('close', () => end(socket))
  forwardRequests(state, link)
  forwardAnswers(state, link)
}

function forwardRequests(state: State, link: Link): void {
  const reader = new MessageReader('client')
  link.client.on('data', (chunk: Buffer) => {
    if (state.swallow || link.silent) return
    const messages = reader.push(chunk)
    if (link.application === '') introduce(state, link, messages)
    if (link.held) return void link.held.push(chunk)
    const { armed, holding } = state
    if (holding && messages.some((message) => holding.matches(message)))
      return holdBack(state, link, holding, chunk)
    if (armed && messages.some((message) => armed.matches(message))) cutBeforeAnswer(state, link, armed)
    link.server.write(chunk)
  })
}

/** A connection's first message tells its application's name. */
function introduce(state: State, link: Link, messages: readonly Message[]): void {
  const parameters = messages[0]?.text.split('\0') ?? []
  link.application = parameters[parameters.indexOf('application_name') + 1] ?? ''
  const met = state.expected.filter(({ matches }) => matches(link.application))
  state.expected = state.expected.filter((expected) => !met.includes(expected))
  for (const { hit } of met) hit()
}

function holdBack(state: State, link: Link, holding: Holding, chunk: Buffer): void {
  state.holding = undefined
  link.held = [chunk]
  holding.hit({
    cutClient: () => link.client.destroy(),
    silence: () => void (link.silent = true),
    release: () => release(state, link),
  })
}

function release(state: State, link: Link): Promise<string> {
  const answers = new MessageReader('server')
  let told = ''
  return new Promise((resolve) => {
    link.server.on('close', () => resolve(told))
    link.server.on('data', (chunk: Buffer) => {
      const messages = answers.push(chunk)
      told += messages.map(({ text }) => text).join('\n')
      if (!messages.some(({ type }) => type === 'Z')) return
      if (link.client.destroyed) destroy(state, link)
      resolve(told)
    })
    if (link.server.destroyed) resolve(told)
    for (const chunk of link.held?.splice(0) ?? []) link.server.write(chunk)
    link.held = undefined
  })
}

// The server's end stays open until the answer is there: the request has then surely been carried out.
function cutBeforeAnswer(state: State, link: Link, armed: Armed): void {
  state.armed = undefined
  link.server.removeAllListeners('data')
  const answers = new MessageReader('server')
  link.server.on('data', (chunk: Buffer) => {
    if (!answers.push(chunk).some((message) => message.type === 'Z')) return
    destroy(state, link)
    armed.hit()
  })
}

function forwardAnswers(state: State, link: Link): void {
  const reader = new MessageReader('server')
  link.server.on('data', (chunk: Buffer) => {
    if (state.swallow || link.silent) return
    const messages = reader.push(chunk)
    if (state.drop === undefined) link.client.write(chunk)
    else for (const message of messages) if (!state.drop(message)) link.client.write(message.bytes)
  })
}

function silence(state: State, matches: (application: string) => boolean): void {
  for (const link of state.links) if (matches(link.application)) link.silent = true
}

function destroy(state: State, link: Link): void {
  link.client.destroy()
  link.server.destroy()
  state.links.delete(link)
}

function cut(state: State): void {
  for (const link of state.links) destroy(state, link)
}

function heal(state: State): void {
  if (state.swallow) cut(state)
  for (const link of state.links) if (link.silent) destroy(state, link)
  state.swallow = false
  state.armed = undefined
  state.holding = undefined
  state.drop = undefined
}

async function close(state: State, listener: Server): Promise<void> {
  cut(state)
  listener.close()
  if (listener.listening) await once(listener, 'close')
}
