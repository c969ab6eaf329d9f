/** Waits for what the runtime tells of itself, and never for time. */
import type { RuntimeEvent } from '#runtime/events.ts'
import type { Node } from '#runtime/node.ts'

type EventOf<Type extends RuntimeEvent['type']> = Extract<RuntimeEvent, { type: Type }>
/** Fields that an event must have; all others are free. */
export type Match<Type extends RuntimeEvent['type']> = { readonly type: Type } & Partial<EventOf<Type>>

export class Probe {
  /** Everything told so far. */
  readonly events: RuntimeEvent[] = []
  readonly #stops: (() => void)[] = []
  #waiting: (() => void)[] = []

  /** Listens to these nodes from now on. */
  constructor(...nodes: readonly Node[]) {
    for (const node of nodes) this.listenTo(node)
  }

  listenTo(node: Node): void {
    this.#stops.push(node.onEvent((event) => this.#note(event)))
  }

  /** The first event that matches, or the `count`-th: one that has been, or the next to come. */
  async seen<Type extends RuntimeEvent['type']>(match: Match<Type>, count = 1): Promise<EventOf<Type>> {
    for (;;) {
      const found = this.matching(match)[count - 1]
      if (found) return found
      await new Promise<void>((look) => this.#waiting.push(look))
    }
  }

  /** What has matched so far. */
  matching<Type extends RuntimeEvent['type']>(match: Match<Type>): EventOf<Type>[] {
    const fields = Object.entries(match)
    return this.events.filter((event): event is EventOf<Type> => {
      return fields.every(([name, value]) => (event as Record<string, unknown>)[name] === value)
    })
  }

  /** Forgets what has been. */
  clear(): void {
    this.events.length = 0
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop()
  }

  #note(event: RuntimeEvent): void {
    this.events.push(event)
    for (const look of this.#waiting.splice(0)) look()
  }
}
