/** What the process of a peer can be told: the same for every peer. */
import { nowMs } from '../../load.ts'
import type { Amount } from '../../load.ts'

export interface PeerCommands {
  readonly [command: string]: (...input: never[]) => unknown
  open(options: { url: string; concurrency: number }): Promise<void>
  close(): Promise<void>
  /** Workers start. */
  work(): Promise<void>
  /** Workers stop. */
  rest(): Promise<void>
  addMany(count: number): Promise<void>
  add(options: { callers: number; amount: Amount }): Promise<{ calls: number; ms: number }>
  addAtRate(options: { perSecond: number; ms: number }): Promise<number>
  /** Whether each job adds the next. */
  move(moving: boolean): void
  handled(): { jobs: number; atMs: number }
  pickedUp(): number[]
}

export interface Payload {
  readonly sentMs: number
  readonly note: string
}

/** What the jobs of this process have noted. */
export class Tally {
  moving = false
  jobs = 0
  readonly #pickUpMs: number[] = []

  count({ sentMs }: Payload): void {
    this.jobs++
    if (sentMs > 0) this.#pickUpMs.push(nowMs() - sentMs)
  }
  readonly commands = {
    move: (moving: boolean) => {
      this.moving = moving
    },
    handled: () => ({ jobs: this.jobs, atMs: nowMs() }),
    pickedUp: () => this.#pickUpMs.splice(0),
  }
}
