import type pg from 'pg'
import { type ConnectOptions, openClient } from '../../db/connect.ts'
import { CommitRejected, Fenced, OutcomeUnknown, reasonOf, Unavailable } from '../errors.ts'

/**
 * One connection for one purpose, opened when it is needed and again after it was lost. Every call
 * ends: a link that stays silent is given up after the deadline.
 */
export class Link {
  readonly #options: ConnectOptions
  readonly #deadlineMs: number
  #client: Promise<pg.Client> | null = null
  #closed = false
  #last: Promise<void> = Promise.resolve()

  constructor(options: ConnectOptions, deadlineMs: number) {
    this.#options = options
    this.#deadlineMs = deadlineMs
  }

  /** One at a time: the deadline of a call starts with the call, not with its place in a queue. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work)
    this.#last = result.then(noop, noop)
    return result
  }

  /** Runs something that only reads, or that may be tried again without harm. */
  read<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return this.#alone(() => this.#run(work, classifiedRead))
  }

  /** Runs something that must not be tried again unless it is known not to have happened. */
  write<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return this.#alone(() => this.#run(work, classifiedWrite))
  }

  async #run<T>(work: (client: pg.Client) => Promise<T>, sorted: (error: unknown) => Error): Promise<T> {
    const client = await this.#connected()
    try {
      return await inTime(client, this.#deadlineMs, work(client))
    } catch (error) {
      throw this.#afterLoss(client, sorted(error))
    }
  }

  async close() {
    this.#closed = true
    const client = await this.#client?.catch(() => null)
    this.#client = null
    await client?.end().catch(() => {})
  }

  async #connected(): Promise<pg.Client> {
    if (this.#closed) throw new Unavailable('the store is closed')
    this.#client ??= openClient(this.#options)
    const opening = this.#client
    try {
      return await opening
    } catch (error) {
      if (this.#client === opening) this.#client = null
      throw new Unavailable(`no connection to the database: ${reasonOf(error)}`, { cause: error })
    }
  }

  /** After anything but a plain refusal the connection is not used again. */
  #afterLoss(client: pg.Client, error: Error): Error {
    if (error instanceof CommitRejected || error instanceof Fenced || isSqlError(error.cause)) return error
    this.#client = null
    destroy(client)
    return error
  }
}

/** Gives a connection up that does not answer within the deadline. */
export async function inTime<T>(client: pg.ClientBase, deadlineMs: number, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => destroy(client), deadlineMs)
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}

function noop() {}

/** Ends a connection without a word: whoever waits for an answer hears at once that there is none. */
function destroy(client: pg.ClientBase) {
  const { connection } = client as unknown as { connection: { stream: { destroy(error?: Error): void } } }
  connection.stream.destroy(new Error('the database has not answered in time, or the connection was lost'))
}

/** An answer of the server, after which the session goes on. */
function isSqlError(error: unknown): boolean {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown }
  return typeof code === 'string' && code.length === 5 && severity === 'ERROR'
}

const fencedCode = 'SL001'
/** Nothing was done, and it may work when tried again: rolled back, too busy, timed out. */
const passing = new Set(['40001', '40P01', '55P03', '57014', '53000', '53100', '53200', '53300', '53400'])

/** What a failed read, or anything else that may be tried again, comes to. */
export function classifiedRead(error: unknown): Error {
  return classified(error, () => new Unavailable(reasonOf(error), { cause: error }))
}
/** What a failed write comes to: without an answer nobody can tell. */
export function classifiedWrite(error: unknown): Error {
  return classified(error, () => new OutcomeUnknown(reasonOf(error), { cause: error }))
}

/** Sorts an error of pg's into the runtime's; `lost` names one that is no answer of the server. */
function classified(error: unknown, lost: () => Error): Error {
  const { code } = (error ?? {}) as { code?: string }
  if (
    error instanceof Fenced ||
    error instanceof CommitRejected ||
    error instanceof Unavailable ||
    error instanceof OutcomeUnknown
  )
    return error
  if (code === fencedCode) return new Fenced(reasonOf(error), { cause: error })
  if (!isSqlError(error)) return lost()
  if (passing.has(code ?? '')) return new Unavailable(reasonOf(error), { cause: error })
  return new CommitRejected(`${reasonOf(error)} (${code})`, { cause: error })
}
