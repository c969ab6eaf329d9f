/**
 * The agent's own folder, for its owner's eyes only: who it is, its key, the results that the server has not taken yet.
 *
 *   installation   made once: the same machine's agent stays the same agent
 *   identity.json  what the server knows it by, and the key
 *   agent.json     settings, for people to edit
 *   spool/         results, see spool.ts
 *   lock           held by the one agent that runs on this folder
 *   socket         where that one answers questions, see ../local
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as z from 'zod'
import { makeFolder } from '#host/make-folder.ts'
import { AgentId } from '#specs/ids.ts'
import { Failure, messageOf } from '../exit-codes.ts'
import { writeDurably } from './write.ts'

const Identity = z.object({
  agent: AgentId,
  name: z.string(),
  server: z.url(),
  key: z.string().min(1),
})
/** Who the server says that it is, and the key to prove it. */
export type Identity = z.infer<typeof Identity>

const installationForm = /^[A-Za-z0-9_-]{8,64}$/
const ownerFolder = 0o700
const ownerFile = 0o600
const sqliteBusy = 5

export class StateFolder {
  readonly path: string
  #lock: DatabaseSync | undefined

  constructor(path: string) {
    this.path = path
  }

  /** Makes the folder where it is missing, and shuts everybody else out. */
  prepare(): void {
    try {
      makeFolder(this.spool, ownerFolder)
      chmodSync(this.path, ownerFolder)
    } catch (error) {
      throw new Failure(
        'failed',
        `the folder ${this.path} can't be used: ${messageOf(error)}. Choose another one with --state or SAFELIGHT_AGENT_STATE.`,
      )
    }
  }

  /**
   * Takes the folder for this process alone. The operating system frees it however the process ends, which no file with
   * a process number in it can promise.
   */
  lock(): void {
    const lock = new DatabaseSync(join(this.path, 'lock'))
    try {
      lock.exec('begin exclusive')
    } catch (error) {
      lock.close()
      if ((error as { errcode?: number }).errcode !== sqliteBusy) throw error
      throw new Failure(
        'alreadyRuns',
        `an agent runs on ${this.path} already. 'safelight-agent status' shows it; another one needs another folder (--state).`,
      )
    }
    this.#lock = lock
  }

  unlock(): void {
    this.#lock?.close()
    this.#lock = undefined
  }

  /** Made at the first call. Only for whoever holds the lock. */
  async installation(): Promise<string> {
    const path = join(this.path, 'installation')
    const known = readIfThere(path)?.trim()
    if (known !== undefined && installationForm.test(known)) return known
    const made = newOpaque()
    await writeDurably(path, `${made}\n`)
    return made
  }

  /** Null before it has registered. */
  identity(): Identity | null {
    const path = join(this.path, 'identity.json')
    const text = readIfThere(path)
    if (text === null) return null
    const parsed = Identity.safeParse(parseJson(text))
    if (!parsed.success)
      throw new Failure(
        'notRegistered',
        `${path} is damaged. Register again with a new token: the server knows this installation and keeps its history.`,
      )
    if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) chmodSync(path, ownerFile)
    return parsed.data
  }

  async keepIdentity(identity: Identity): Promise<void> {
    await writeDurably(join(this.path, 'identity.json'), `${JSON.stringify(identity, null, 2)}\n`)
  }

  get spool(): string {
    return join(this.path, 'spool')
  }
}

/** An id that says nothing: for an installation, or for one start of the program. */
export function newOpaque(): string {
  return randomBytes(18).toString('base64url')
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new Failure('failed', `${path} can't be read: ${messageOf(error)}`)
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
