/** Notes what happens, so that a spec can wait for the next event of a kind instead of for time to pass. */
export class Events<Event extends { readonly kind: string }> {
  readonly all: Event[] = []
  #waiting: (() => void)[] = []
  #from = 0

  push(event: Event): void {
    this.all.push(event)
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** The first event of the kind that wasn't returned or passed over before. Mocha's time limit bounds the wait. */
  async next<Kind extends Event['kind']>(kind: Kind): Promise<Extract<Event, { kind: Kind }>> {
    for (;;) {
      const index = this.all.findIndex((event, at) => at >= this.#from && event.kind === kind)
      const found = this.all[index]
      if (found !== undefined) {
        this.#from = index + 1
        return found as Extract<Event, { kind: Kind }>
      }
      await new Promise<void>((wake) => this.#waiting.push(wake))
    }
  }
}
