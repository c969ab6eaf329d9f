/** What the main thread and the worker threads say to each other. */
import type { MessagePort } from 'node:worker_threads'
import type { JobError, LogLine, Progress } from '#specs/jobs.ts'
import type { Ended } from '../tools/tool.ts'

/** The main thread starts a tool with this. */
export interface JobTask {
  readonly tool: string
  readonly params: unknown
  readonly attempt: number
  readonly roots: readonly string[]
  readonly threads: number
  readonly port: MessagePort
}

/** And this on a thread that has nothing else to do, to help a tool; the items come through the port. */
export interface HelpTask {
  readonly tool: string
  readonly unit: string
  readonly given: unknown
  readonly port: MessagePort
}

export type ToolEnd =
  | Ended
  | { readonly outcome: 'failed'; readonly error: JobError }
  | { readonly outcome: 'stopped' }

export type ThreadSays =
  | { readonly type: 'begun' }
  | { readonly type: 'progress'; readonly at: number; readonly progress: Progress }
  | { readonly type: 'log'; readonly at: number; readonly level: LogLine['level']; readonly text: string }
  | {
      readonly type: 'help'
      readonly id: number
      readonly unit: string
      readonly given: unknown
      readonly port: MessagePort
    }
  | { readonly type: 'ended'; readonly end: ToolEnd }

export type MainSays = { readonly type: 'stop' } | { readonly type: 'noHelp'; readonly id: number }

/** Between a tool and its helper: items there, a part and what is left back. */
export type HelpWanted = { readonly items: readonly unknown[] } | { readonly stop: true }
export type HelpSays =
  | { readonly part: unknown; readonly left: readonly unknown[] }
  /** Nothing yet, but it goes on. */
  | { readonly alive: true }
