import { expect } from 'chai'
import { once } from 'node:events'
import { Api } from '#test/support/api.ts'
import { TestPage } from '../live/test-page.ts'
import { startBorder, useBorder } from './border.ts'

/** A web socket that says what it is told to, and nothing else. */
class Visitor {
  readonly socket: WebSocket
  readonly opened: Promise<unknown>
  readonly closed: Promise<number>
  readonly heard: string[] = []

  constructor(url: string) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)
    this.opened = once(this.socket, 'open')
    this.closed = new Promise((resolve) => this.socket.addEventListener('close', ({ code }) => resolve(code)))
    this.socket.addEventListener('message', ({ data }) => this.heard.push(String(data)))
  }
}

describe('connections whose other end is not known', () => {
  it('are a few at once for each address; one more is closed with 1013, and the rest goes on', async () => {
    const border = await startBorder({ strangersMost: { silent: 5, inAll: 100 } })
    const { url } = border.server
    const visitors = Array.from({ length: 5 }, () => new Visitor(url))
    try {
      await Promise.all(visitors.map(({ opened }) => opened))
      expect(await new Visitor(url).closed).to.equal(1013)
      expect(await new Api(url).try('me')).to.include({ status: 401 })
      visitors[0]?.socket.close()
      await visitors[0]?.closed
      const agent = await border.agent()
      // Those who are known don't count.
      for (let count = 0; count < 10; count++) await border.agent()
      await agent.beat()
      expect(visitors.slice(1).map(({ socket }) => socket.readyState)).to.deep.equal(
        Array.from({ length: 4 }, () => WebSocket.OPEN),
      )
    } finally {
      for (const { socket } of visitors) socket.close()
      await border.end()
    }
  })

  it('are so many at once in all', async () => {
    const border = await startBorder({ strangersMost: { silent: 100, inAll: 3 } })
    const { url } = border.server
    const visitors = Array.from({ length: 3 }, () => new Visitor(url))
    try {
      await Promise.all(visitors.map(({ opened }) => opened))
      expect(await new Visitor(url).closed).to.equal(1013)
    } finally {
      for (const { socket } of visitors) socket.close()
      await border.end()
    }
  })
})

describe('a connection that is not let in', () => {
  const border = useBorder({ socketsMax: 1 })

  it('is told why, and closed', async () => {
    const visitor = new Visitor(border.get.server.url)
    await visitor.opened
    visitor.socket.send(`40/agent,${JSON.stringify({ key: 'agt_key_none', protocol: 2 })}`)
    expect(await visitor.closed).to.equal(1008)
    expect(visitor.heard.at(-1)).to.include('bad_input')
  })

  it('is closed where nothing is served', async () => {
    const visitor = new Visitor(border.get.server.url)
    await visitor.opened
    visitor.socket.send('40')
    expect(await visitor.closed).to.equal(1008)
    expect(visitor.heard.at(-1)).to.include('Nothing is served here')
  })

  it('is closed with 1013 where it may come back later', async () => {
    const { url } = border.get.server
    const page = new TestPage(url, border.get.api.proof)
    await page.heard.next('connected')
    const visitor = new Visitor(url)
    await visitor.opened
    const token = await border.get.userToken()
    visitor.socket.send(`40/dashboard,${JSON.stringify({ token })}`)
    expect(await visitor.closed).to.equal(1013)
    expect(visitor.heard.at(-1)).to.include('too_many_requests')
    page.close()
  })
})
