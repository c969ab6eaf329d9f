/**
 * The latest frames of running attempts, in memory: a page that was cut off gets what it missed from here. Frames in a
 * ring are without gaps; what is older, its agent or the log still has.
 */
import type { Frame } from '#specs/agent-link.ts'

export interface RingLimits {
  /** Frames of one attempt. */
  readonly framesMax: number
  /** Of all attempts together. The attempts that were quiet longest go first. */
  readonly bytesMax: number
  /** How long an ended attempt's frames stay. */
  readonly keepEndedMs: number
}
export const ringDefaults: RingLimits = { framesMax: 1_000, bytesMax: 64_000_000, keepEndedMs: 60_000 }

export interface Place {
  readonly attempt: number
  readonly seq: number
}
export interface Stretch {
  readonly attempt: number
  readonly frames: readonly Frame[]
  /** Whether nothing is missing between what was asked for and the first of these. */
  readonly whole: boolean
}

interface Ring {
  attempt: number
  frames: Frame[]
  bytes: number
  endedAt: number | null
}

const frameOverheadBytes = 200

export class Rings {
  readonly #limits: RingLimits
  readonly #now: () => number
  /** The quietest first. */
  readonly #rings = new Map<string, Ring>()
  readonly #ended: string[] = []
  #bytes = 0

  constructor(limits: RingLimits = ringDefaults, now: () => number = () => performance.now()) {
    this.#limits = limits
    this.#now = now
  }

  get bytes() {
    return this.#bytes
  }

  /** Takes frames in and returns those that are new: a frame that is sent twice counts once. */
  add(job: string, attempt: number, frames: readonly Frame[]): Frame[] {
    this.#forgetEnded()
    const ring = this.#ringFor(job, attempt)
    if (ring === null) return []
    const fresh: Frame[] = []
    let last = ring.frames.at(-1)?.seq
    for (const frame of frames) {
      if (last !== undefined && frame.seq <= last) continue
      // Something is missing: what came before it is no part of the stretch any more.
      if (last !== undefined && frame.seq > last + 1) this.#empty(ring)
      this.#push(ring, frame)
      fresh.push(frame)
      last = frame.seq
    }
    this.#trim(ring)
    this.#makeRoom()
    return fresh
  }

  /** What follows the place; from the beginning where it is null, or of another attempt. Null where nothing is known. */
  after(job: string, place: Place | null): Stretch | null {
    const ring = this.#rings.get(job)
    const first = ring?.frames[0]
    if (!ring || !first) return null
    const seq = place?.attempt === ring.attempt ? place.seq : 0
    const skip = Math.max(0, seq + 1 - first.seq)
    return { attempt: ring.attempt, frames: ring.frames.slice(skip), whole: first.seq <= seq + 1 }
  }

  /** Frames from before the ring, as the agent has kept them. */
  prepend(job: string, attempt: number, older: readonly Frame[]): void {
    const ring = this.#rings.get(job)
    const first = ring?.frames[0]
    if (!ring || !first || ring.attempt !== attempt) return
    const before = older.filter(({ seq }) => seq < first.seq)
    if (before.at(-1)?.seq !== first.seq - 1) return
    const room = Math.max(0, this.#limits.framesMax - ring.frames.length)
    const taken = room === 0 ? [] : before.slice(-room)
    ring.frames = [...taken, ...ring.frames]
    for (const frame of taken) this.#count(ring, sizeOf(frame))
    this.#makeRoom()
  }

  /** The attempt has ended: its frames stay for a while. */
  end(job: string): void {
    const ring = this.#rings.get(job)
    if (!ring || ring.endedAt !== null) return
    ring.endedAt = this.#now()
    this.#ended.push(job)
    this.#forgetEnded()
  }

  #ringFor(job: string, attempt: number): Ring | null {
    const known = this.#rings.get(job)
    if (known && known.attempt > attempt) return null
    if (known) this.#rings.delete(job)
    if (known && known.attempt < attempt) this.#count(known, -known.bytes)
    const ring = known?.attempt === attempt ? known : { attempt, frames: [], bytes: 0, endedAt: null }
    this.#rings.set(job, ring)
    return ring
  }

  #push(ring: Ring, frame: Frame) {
    ring.frames.push(frame)
    this.#count(ring, sizeOf(frame))
  }

  /** In steps, because each one moves the rest. */
  #trim(ring: Ring) {
    const { framesMax } = this.#limits
    if (ring.frames.length <= framesMax * 1.2) return
    for (const frame of ring.frames.splice(0, ring.frames.length - framesMax))
      this.#count(ring, -sizeOf(frame))
  }

  #empty(ring: Ring) {
    this.#count(ring, -ring.bytes)
    ring.frames = []
  }

  #count(ring: Ring, bytes: number) {
    ring.bytes += bytes
    this.#bytes += bytes
  }

  #makeRoom() {
    for (const job of this.#rings.keys()) {
      if (this.#bytes <= this.#limits.bytesMax) return
      this.#drop(job)
    }
  }

  #forgetEnded() {
    const oldest = this.#now() - this.#limits.keepEndedMs
    while (this.#ended.length > 0) {
      const job = this.#ended[0] as string
      const endedAt = this.#rings.get(job)?.endedAt ?? null
      if (endedAt !== null && endedAt > oldest) return
      this.#ended.shift()
      // A later attempt of the same job may be running.
      if (endedAt !== null) this.#drop(job)
    }
  }

  #drop(job: string) {
    const ring = this.#rings.get(job)
    if (!ring) return
    this.#rings.delete(job)
    this.#bytes -= ring.bytes
  }
}

function sizeOf(frame: Frame): number {
  const text =
    frame.type === 'log'
      ? frame.text.length
      : (frame.progress.current?.length ?? 0) +
        (frame.progress.message?.length ?? 0) +
        frame.progress.stage.length
  return frameOverheadBytes + text
}
