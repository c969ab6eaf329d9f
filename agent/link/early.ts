/** The server may speak before it has welcomed the agent; such words wait, because nothing can be answered before. */
import type { Listener } from './link.ts'

export interface Waiting {
  readonly listener: Listener
  /** From now on nothing waits; what did comes now. */
  readonly release: () => void
}

/** Questions are answered whenever they come, and a dismissal is heard at once. */
export function waitForWelcome({ offer, cancel, drain, ...rest }: Listener): Waiting {
  let early: (() => void)[] | undefined = []
  const later =
    <T>(hear: (told: T) => unknown) =>
    (told: T) => {
      if (early) early.push(() => hear(told))
      else hear(told)
    }
  return {
    listener: { ...rest, offer: later(offer), cancel: later(cancel), drain: later(drain) },
    release() {
      const words = early ?? []
      early = undefined
      for (const say of words) say()
    },
  }
}
