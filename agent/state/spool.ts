/**
 * Results that the server has not taken yet, on disk: a finished hour of work survives a crash of the agent, a power cut,
 * and a server that is away for days. One file for each attempt; it goes when the server has said yes or no.
 */
import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { Finish } from '#specs/agent-link.ts'
import type { RunningAttempt } from '#specs/agents.ts'
import { AgentId } from '#specs/ids.ts'
import { messageOf } from '../exit-codes.ts'
import type { Log } from '../log.ts'
import { removeDurably, unfinishedSuffix, writeDurably } from './write.ts'

const Entry = z.object({ agent: AgentId, finish: Finish })
const suffix = '.json'
/** So many results waiting, and the agent takes no more work. */
export const spoolMax = 1_000

export class Spool {
  readonly #folder: string
  readonly #agent: string
  readonly #log: Log
  readonly #entries = new Map<string, Finish>()

  constructor(folder: string, agent: string, log: Log) {
    this.#folder = folder
    this.#agent = agent
    this.#log = log
  }

  /** Reads what an earlier run has left. */
  async load(): Promise<void> {
    for (const name of (await readdir(this.#folder)).toSorted()) {
      const path = join(this.#folder, name)
      if (name.endsWith(unfinishedSuffix)) await rm(path, { force: true })
      else if (name.endsWith(suffix)) await this.#read(path)
    }
  }

  async #read(path: string): Promise<void> {
    const entry = parseEntry(await readFile(path, 'utf8'))
    if (entry === null) {
      this.#log.error(`the kept result ${path} is damaged and put aside as ${path}.damaged`)
      return await rename(path, `${path}.damaged`)
    }
    if (entry.agent !== this.#agent) {
      this.#log.warn(
        `the kept result ${path} is that of another registration (${entry.agent}); it is dropped`,
      )
      return await removeDurably(path)
    }
    this.#entries.set(nameOf(entry.finish), entry.finish)
  }

  /** Keeps a result. Where the disk refuses, it is kept in memory only, and said so. */
  async keep(finish: Finish): Promise<void> {
    this.#entries.set(nameOf(finish), finish)
    try {
      await writeDurably(this.#pathOf(finish), JSON.stringify({ agent: this.#agent, finish }))
    } catch (error) {
      this.#log.error(
        `the result of ${finish.job} can't be written to ${this.#folder}, and would be lost with this process: ${messageOf(error)}`,
      )
    }
  }

  async forget(attempt: RunningAttempt): Promise<void> {
    this.#entries.delete(nameOf(attempt))
    try {
      await removeDurably(this.#pathOf(attempt))
    } catch (error) {
      this.#log.warn(`the kept result of ${attempt.job} can't be removed: ${messageOf(error)}`)
    }
  }

  get entries(): readonly Finish[] {
    return [...this.#entries.values()]
  }
  has(attempt: RunningAttempt): boolean {
    return this.#entries.has(nameOf(attempt))
  }
  get size(): number {
    return this.#entries.size
  }

  #pathOf(attempt: RunningAttempt): string {
    return join(this.#folder, nameOf(attempt) + suffix)
  }
}

function nameOf({ job, attempt }: RunningAttempt): string {
  return `${job}.${attempt}`
}

function parseEntry(text: string): z.infer<typeof Entry> | null {
  try {
    return Entry.parse(JSON.parse(text))
  } catch {
    return null
  }
}
