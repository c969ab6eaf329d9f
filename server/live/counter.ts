/** Counts the deltas of one topic on this node, and remembers what the latest were about. */
import { randomUUID } from 'node:crypto'
import type { Position } from '#specs/live.ts'

/** So many deltas can be told again. */
const rememberedMax = 500

export class Counter {
  /** Another node, or a later start, counts by itself. */
  readonly #epoch = randomUUID()
  #version = 0
  #remembered: (readonly string[])[] = []

  get at(): Position {
    return { epoch: this.#epoch, version: this.#version }
  }

  /** One more delta, about these things. */
  next(about: readonly string[] = []): Position {
    this.#version += 1
    this.#remembered.push(about)
    if (this.#remembered.length > 2 * rememberedMax) this.#remembered = this.#remembered.slice(-rememberedMax)
    return this.at
  }

  /** What the deltas after the position were about, with the position of each; null where nobody knows any more. */
  since(position: Position | undefined): { at: Position; about: readonly string[] }[] | null {
    if (!position || position.epoch !== this.#epoch || position.version > this.#version) return null
    const missed = this.#version - position.version
    if (missed > Math.min(rememberedMax, this.#remembered.length)) return null
    const about = missed === 0 ? [] : this.#remembered.slice(-missed)
    return about.map((ids, index) => ({
      at: { epoch: this.#epoch, version: position.version + 1 + index },
      about: ids,
    }))
  }
}
