/** Finds the borders of messages in PostgreSQL's protocol. */

export type Message = {
  /** The letter that the protocol gives the message; '' for those at a connection's start. */
  readonly type: string
  /** Its content as text, for looking at what a statement says. */
  readonly text: string
  readonly bytes: Buffer
}

/** Reassembles the messages of one direction of one connection, without encryption. */
export class MessageReader {
  #rest = Buffer.alloc(0)
  // Only the client's first message has no type letter.
  #started: boolean

  constructor(side: 'client' | 'server') {
    this.#started = side === 'server'
  }

  /** Takes what arrived and returns the messages that it completes. */
  push(chunk: Buffer): Message[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const messages: Message[] = []
    for (let next = this.#take(); next !== undefined; next = this.#take()) messages.push(next)
    return messages
  }

  #take(): Message | undefined {
    const typeBytes = this.#started ? 1 : 0
    if (this.#rest.length < typeBytes + 4) return undefined
    const end = typeBytes + this.#rest.readInt32BE(typeBytes)
    if (this.#rest.length < end) return undefined
    const bytes = this.#rest.subarray(0, end)
    this.#rest = this.#rest.subarray(end)
    this.#started = true
    const type = bytes.toString('latin1', 0, typeBytes)
    return { type, text: bytes.toString('utf8', typeBytes + 4), bytes }
  }
}
