/** What a command has at hand: where to print, and a client of the server that was named. */
import type { Client } from './client.ts'
import type { Say } from './print.ts'

export interface Terminal {
  /** What was asked for, for people and programs. */
  readonly say: Say
  /** Everything else. */
  readonly complain: Say
  /** Print JSON, for programs. */
  readonly json: boolean
  /** Throws where nobody has signed in. */
  client(): Client
  /** The same, for sockets. */
  server(): { readonly url: string; readonly token: string }
  /** The program ends with a code that says so. */
  fail(): void
  /** Calls at Ctrl-C, which ends nothing by itself until the function that is returned was called. */
  onInterrupt(listener: () => void): () => void
}
