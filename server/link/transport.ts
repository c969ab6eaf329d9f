/** Who is at the other end of a connection, and the way to it. */
import type { Cancel, Frame, Offer } from '#specs/agent-link.ts'

export interface Peer {
  readonly agent: string
  readonly team: string
  readonly boot: string
  /** This connection's id. */
  readonly connection: string
  readonly ip: string | null
  readonly userAgent: string | null
}

/** The way to the agent. */
export interface Transport {
  offer(offer: Offer): void
  cancel(cancel: Cancel): void
  drain(reason: string): void
  dismissed(reason: string): void
  /** Frames that the agent has kept. Rejects where it can't be asked. */
  replay(job: string, attempt: number, after: number): Promise<readonly Frame[]>
  /** The program is not to come back by itself, unless it `mayReturn`. */
  close(mayReturn: boolean): void
}
