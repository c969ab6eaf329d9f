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
  /** Ends the black hole and every armed fault. What was swallowed stays lost, so its connections are closed. */
  heal(): void
  /**
   * Arms one fault: the next client message that matches is forwarded, and its connection is cut before anything
   * of the answer comes back. Resolves when that has happened and the server has answered.
   */
  cutAfter(matches: (message: Message) => boolean): Promise<void>
  /** Swallows the server's messages that match, such as notifications behind a pooler. */
  dropFromServer(matches: (message: Message) => boolean): void
  close(): Promise<void>
}

type Link = { readonly client: Socket; readonly server: Socket }
type Armed = { readonly matches: (message: Message) => boolean; readonly hit: () => void }

class State {
  readonly links = new Set<Link>()
  swallow = false
  armed: Armed | undefined
  drop: ((message: Message) => boolean) | undefined
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
    heal: () => heal(state),
    cutAfter: (matches) => new Promise((hit) => (state.armed = { matches, hit })),
    dropFromServer: (matches) => void (state.drop = matches),
    close: () => close(state, listener),
  }
}

function join(state: State, client: Socket, port: number, host: string): void {
  const server = connect({ port, host, noDelay: true })
  client.setNoDelay(true)
  const link = { client, server }
  state.links.add(link)
  const end = () => {
    // A black hole doesn't tell either end that the other one is gone.
    if (!state.swallow) destroy(state, link)
  }
  for (const socket of [client, server]) socket.on('error', () => {}).on('close', end)
  forwardRequests(state, link)
  forwardAnswers(state, link)
}

function forwardRequests(state: State, link: Link): void {
  const reader = new MessageReader('client')
  link.client.on('data', (chunk: Buffer) => {
    if (state.swallow) return
    const armed = state.armed
    const hit = reader.push(chunk).some((message) => armed?.matches(message) === true)
    if (armed && hit) cutBeforeAnswer(state, link, armed)
    link.server.write(chunk)
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
    if (state.swallow) return
    const messages = reader.push(chunk)
    if (state.drop === undefined) link.client.write(chunk)
    else for (const message of messages) if (!state.drop(message)) link.client.write(message.bytes)
  })
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
  state.swallow = false
  state.armed = undefined
  state.drop = undefined
}

async function close(state: State, listener: Server): Promise<void> {
  cut(state)
  listener.close()
  if (listener.listening) await once(listener, 'close')
}
