/**
 * What one attempt has told, numbered 1, 2, 3 and so on. The last thousand are kept, so that a viewer who was cut off can
 * be told again.
 */
import type { Frame, Frames } from '#specs/agent-link.ts'

/** A frame before it has its number. */
export type Told = Frame extends infer F ? (F extends Frame ? Omit<F, 'seq'> : never) : never

export const ringMax = 1_000
const batchMax = 500
/** As a share of what a socket takes at once. */
const batchMaxBytes = 200_000

export class FrameLog {
  readonly #ring: Frame[] = []
  /** What the server has not taken yet: the last of them, where it is away for long. */
  readonly #waiting: Frame[] = []
  #last = 0

  /** The last frame's number. */
  get last(): number {
    return this.#last
  }
  get waiting(): number {
    return this.#waiting.length
  }

  add(told: Told): void {
    const frame = { ...told, seq: ++this.#last } as Frame
    keep(this.#ring, frame)
    keep(this.#waiting, frame)
  }

  /** The next frames to send; they wait on until they are confirmed. */
  batch(): Frames['frames'] {
    let bytes = 0
    const end = this.#waiting.findIndex((frame, index) => {
      bytes += Buffer.byteLength(JSON.stringify(frame))
      return index >= batchMax || (index > 0 && bytes > batchMaxBytes)
    })
    return end < 0 ? [...this.#waiting] : this.#waiting.slice(0, end)
  }

  /** The server has all up to this number. */
  confirm(seq: number): void {
    const end = this.#waiting.findIndex((frame) => frame.seq > seq)
    this.#waiting.splice(0, end < 0 ? this.#waiting.length : end)
  }

  /** What is kept of those after a number. */
  after(seq: number): Frame[] {
    return this.#ring.filter((frame) => frame.seq > seq)
  }
}

/** Taken from the front a few at a time, so that a full ring does not move with every frame. */
const slack = 200

function keep(frames: Frame[], frame: Frame): void {
  frames.push(frame)
  if (frames.length > ringMax + slack) frames.splice(0, frames.length - ringMax)
}
