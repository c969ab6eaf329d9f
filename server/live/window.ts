/** Gathers what changes: the first change is told at once, what follows within a moment together. */
export class Window<Key, Value> {
  readonly #everyMs: number
  readonly #tell: (changes: ReadonlyMap<Key, Value>) => void
  #changes = new Map<Key, Value>()
  #timer: NodeJS.Timeout | undefined
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(everyMs: number, tell: (changes: ReadonlyMap<Key, Value>) => void) {
    this.#everyMs = everyMs
    this.#tell = tell
  }

  /** The latest value of each key counts. */
  add(key: Key, value: Value): void {
    this.#changes.delete(key)
    this.#changes.set(key, value)
    this.#timer ??= setTimeout(
      () => this.#open(),
      Math.max(0, this.#toldAt + this.#everyMs - performance.now()),
    )
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#changes.clear()
  }

  #open() {
    this.#timer = undefined
    this.#toldAt = performance.now()
    const changes = this.#changes
    this.#changes = new Map()
    this.#tell(changes)
  }
}
