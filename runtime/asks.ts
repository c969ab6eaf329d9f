import { HandlerFailed, OutcomeUnknown, Refused, Unavailable, type RefusalCode } from './errors.ts'
import type { Answer, Message } from './message.ts'
import type { Clock } from './ports.ts'

interface Waiting {
  readonly message: Message
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly cancel: () => void
}

/** The asks that this node made and that are not answered yet. */
export class Asks {
  readonly #clock: Clock
  readonly #waiting = new Map<number, Waiting>()
  #next = 1

  constructor(clock: Clock) {
    this.#clock = clock
  }
  get size() {
    return this.#waiting.size
  }

  open(message: Message, timeoutMs: number): { ask: number; answered: Promise<unknown> } {
    const ask = this.#next++
    const answered = new Promise<unknown>((resolve, reject) => {
      const cancel = this.#clock.after(timeoutMs, () => {
        this.#waiting.delete(ask)
        reject(
          new OutcomeUnknown(
            `${message.kind}/${message.key} has not answered '${message.type}' within ${timeoutMs} ms: it may have happened or not`,
          ),
        )
      })
      this.#waiting.set(ask, { message, resolve, reject, cancel })
    })
    return { ask, answered }
  }

  answer(ask: number, answer: Answer) {
    const waiting = this.#take(ask)
    if (!waiting) return
    if (answer.ok) waiting.resolve(answer.value)
    else waiting.reject(errorOf(waiting.message, answer))
  }

  fail(ask: number, error: Error) {
    this.#take(ask)?.reject(error)
  }

  /** The node ends: whoever still waits can't know. */
  failAll(why: string) {
    for (const ask of [...this.#waiting.keys()]) this.fail(ask, new OutcomeUnknown(why))
  }

  #take(ask: number): Waiting | undefined {
    const waiting = this.#waiting.get(ask)
    waiting?.cancel()
    this.#waiting.delete(ask)
    return waiting
  }
}

function errorOf(message: Message, answer: Extract<Answer, { ok: false }>): Error {
  if (answer.error === 'refused')
    return new Refused(answer.code as RefusalCode, answer.message, answer.detail)
  if (answer.error === 'unavailable') return new Unavailable(answer.message)
  return new HandlerFailed(`${message.kind}/${message.key}`, message.type, answer.message)
}
