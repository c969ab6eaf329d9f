import type { Answer } from './message.ts'

/** Answers given by this process, by request id. Forgets the older half when told to. */
export class RecentAnswers {
  #young = new Map<string, Answer>()
  #old = new Map<string, Answer>()

  get(requestId: string): Answer | undefined {
    return this.#young.get(requestId) ?? this.#old.get(requestId)
  }
  set(requestId: string, answer: Answer) {
    this.#young.set(requestId, answer)
  }
  delete(requestId: string) {
    this.#young.delete(requestId)
    this.#old.delete(requestId)
  }
  age() {
    this.#old = this.#young
    this.#young = new Map()
  }
}
