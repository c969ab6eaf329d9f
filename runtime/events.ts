/** What the runtime tells of itself, after the fact: dashboards and tests listen to the same events. */
export type RuntimeEvent =
  | {
      readonly type: 'turn'
      readonly actor: string
      readonly message: string
      readonly turn: number
      readonly id: string
    }
  | {
      readonly type: 'failed'
      readonly actor: string
      readonly message: string
      readonly id: string
      readonly reason: string
      readonly attempt: number
    }
  | {
      readonly type: 'dead'
      readonly actor: string
      readonly message: string
      readonly cause: string
      readonly reason: string
    }
  | { readonly type: 'parked' | 'resumed' | 'stopped'; readonly actor: string }
  | {
      readonly type: 'published'
      readonly actor: string
      readonly event: { readonly type: string; readonly [field: string]: unknown }
    }
  | { readonly type: 'shards'; readonly owned: number }
  | { readonly type: 'joined' | 'fenced'; readonly incarnation: number }
  | { readonly type: 'asleep'; readonly actors: number }

export type EventListener = (event: RuntimeEvent) => void

/** Hands events to whoever listens; a listener that throws harms nobody else. */
export class Events {
  readonly #listeners = new Set<EventListener>()

  get heard() {
    return this.#listeners.size > 0
  }
  on(listener: EventListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
  emit(event: RuntimeEvent) {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch {
        // A listener's bug is its own: the runtime goes on.
      }
    }
  }
}
