/** What every example is handed, and how it waits: for events, never for time. */
import type { Node, RuntimeEvent } from '../index.ts'

export interface Parts {
  /** A node on an empty database that runs the example's kinds. */
  readonly node: Node
  /** Starts one more node of the same cluster. */
  readonly start: (name: string) => Promise<Node>
  /** Any client that speaks SQL to the same database. */
  readonly sql: (text: string, params?: readonly unknown[]) => Promise<Record<string, unknown>[]>
  readonly print: (...what: readonly unknown[]) => void
}

/** Resolves with the next event that fits. Call it before what makes the event happen. */
export function next(node: Node, fits: (event: RuntimeEvent) => boolean): Promise<RuntimeEvent> {
  return new Promise((resolve) => {
    const end = node.onEvent((event) => {
      if (!fits(event)) return
      end()
      resolve(event)
    })
  })
}

/** A line of output: texts as they are, everything else as JSON. */
export function lineOf(what: readonly unknown[]): string {
  return what.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(' ')
}
