/** The agents whose connections this node holds. What actors tell an agent finds its way to it here, from any node. */
import type { Log } from '#runtime/index.ts'
import type { Bus } from '../live/bus.ts'
import type { Session } from './session.ts'

export class Sessions {
  readonly #log: Log
  readonly #sessions = new Map<string, Session>()

  constructor(log: Log) {
    this.#log = log
  }

  get size() {
    return this.#sessions.size
  }
  of(agent: string): Session | undefined {
    return this.#sessions.get(agent)
  }
  all(): IterableIterator<Session> {
    return this.#sessions.values()
  }

  /** Passes on what actors tell agents. Returns what ends it. */
  listen(bus: Bus): () => void {
    const quits = [
      bus.on('offer', ({ agent, offer }) => this.of(agent)?.offer(offer)),
      bus.on('cancel', ({ agent, cancel }) => this.of(agent)?.cancel(cancel)),
      bus.on('drop', ({ agent, connection }) => {
        if (this.of(agent)?.peer.connection === connection) this.leave(agent, 'it was silent for too long')
      }),
      bus.on('drain', ({ agent, reason }) => this.of(agent)?.drain(reason)),
      bus.on('dismissed', ({ agent, reason }) => this.dismiss(agent, reason)),
      bus.on('agent', ({ id, agent }) => {
        if (!agent) this.dismiss(id, 'This agent was removed.')
        else if (this.of(id)?.noted(agent)) this.leave(id, 'it is connected elsewhere')
      }),
    ]
    return () => quits.forEach((quit) => quit())
  }

  /** One agent, one connection: a newer one takes the place of the older. */
  add(session: Session): void {
    const { agent, boot } = session.peer
    const older = this.#sessions.get(agent)
    this.#sessions.set(agent, session)
    if (!older) return
    this.#log.debug('an agent has connected again', { agent, sameStart: older.peer.boot === boot })
    // Two programs with one key would push each other out for ever: the older one is told to end.
    if (older.peer.boot !== boot)
      older.transport.dismissed('Another start of this agent has connected with the same key. This one ends.')
    this.#end(older, 'a newer connection took its place', false)
  }

  /** The connection is gone. */
  closed(session: Session, reason: string): void {
    if (this.#sessions.get(session.peer.agent) === session) this.#sessions.delete(session.peer.agent)
    session.closed(reason)
  }

  /** It is not held here any more; nobody is told. */
  forget(session: Session): void {
    if (this.#sessions.get(session.peer.agent) === session) this.#sessions.delete(session.peer.agent)
  }

  closeAll(reason: string): void {
    for (const session of this.#sessions.values()) this.#end(session, reason, true)
    this.#sessions.clear()
  }

  /** The agent is not wanted any more, and hears why. */
  dismiss(agent: string, reason: string): void {
    this.of(agent)?.transport.dismissed(reason)
    this.#leave(agent, reason, false)
  }
  /** Its connection here ends; it may come back. */
  leave(agent: string, reason: string): void {
    this.#leave(agent, reason, true)
  }

  #leave(agent: string, reason: string, mayReturn: boolean) {
    const session = this.#sessions.get(agent)
    if (!session) return
    this.#sessions.delete(agent)
    this.#end(session, reason, mayReturn)
  }

  #end(session: Session, reason: string, mayReturn: boolean) {
    session.closed(reason)
    session.transport.close(mayReturn)
  }
}
