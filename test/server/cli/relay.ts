/** A way to the server that can be shut and opened again. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Relay extends AsyncDisposable {
  readonly url: string
  /** Every connection is closed, and nobody gets through. */
  shut(): Promise<void>
  open(): Promise<void>
}

export async function startRelay(target: string): Promise<Relay> {
  const { hostname: host, port } = new URL(target)
  const sockets = new Set<Socket>()
  const listener = createServer((client) => {
    const server = connect({ host, port: Number(port) })
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => {}).on('close', () => (sockets.delete(from), to.destroy()))
      from.pipe(to)
    }
  })
  const listen = async (at: number) => {
    listener.listen(at, '127.0.0.1')
    await once(listener, 'listening')
    return (listener.address() as AddressInfo).port
  }
  const own = await listen(0)
  const shut = async () => {
    const closed = once(listener, 'close')
    listener.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return {
    url: `http://127.0.0.1:${own}`,
    shut,
    async open() {
      await listen(own)
    },
    async [Symbol.asyncDispose]() {
      if (listener.listening) await shut()
    },
  }
}
