/** What a tool is, and what it may use. A tool runs on a worker thread and never sees the server. */
import type * as z from 'zod'
import type { ErrorClass, LogLine, Progress } from '#specs/jobs.ts'
import type { AnyUnit } from './unit.ts'

export interface ToolContext {
  /** 1 for the first attempt at the job. */
  readonly attempt: number
  /** All threads of the pool, this one included. */
  readonly threads: number
  /** Aborted when the job is to stop. */
  readonly signal: AbortSignal
  /** The same, for loops that never wait. Throws a Stopped when the job is to stop. */
  checkStop(): void
  /** What of it is told, and when, is not the tool's concern. Also says that the job is alive. */
  progress(progress: Partial<Progress> & Pick<Progress, 'stage' | 'done'>): void
  log(level: LogLine['level'], text: string): void
  /** The real path of a folder that the job names. Throws a ToolFailure when it is none that this agent may look into. */
  allowedFolder(path: string): string
  /** Works through items on all threads that have nothing else to do, this one included. */
  spread<Given, Item, Part>(work: Spread<Given, Item, Part>): Promise<Part>
}

export interface Spread<Given, Item, Part> {
  /** One of the tool's units. */
  readonly unit: string
  /** What every unit needs to know. */
  readonly given: Given
  readonly items: readonly Item[]
  /** Told now and then what is known so far. */
  readonly told: (whole: Part) => void
}

export type Ended = { readonly outcome: 'completed' | 'no_change' | 'partial'; readonly output: unknown }

export interface ToolCode {
  readonly name: string
  readonly units: Readonly<Record<string, AnyUnit>>
  run(params: unknown, context: ToolContext): Promise<Ended>
}

/** Declares a tool's code. Its parameters are parsed before it sees them. */
export function toolCode<Params extends z.ZodType>(
  name: string,
  params: Params,
  run: (params: z.output<Params>, context: ToolContext) => Promise<Ended> | Ended,
  units: Readonly<Record<string, AnyUnit>> = {},
): ToolCode {
  return { name, units, run: async (given, context) => run(params.parse(given), context) }
}

/** The tool can't do what it was asked for. The class says whether another attempt may help. */
export class ToolFailure extends Error {
  override readonly name = 'ToolFailure'
  readonly class: Extract<z.infer<typeof ErrorClass>, 'retriable' | 'fatal'>
  constructor(kind: 'retriable' | 'fatal', message: string) {
    super(message)
    this.class = kind
  }
}

/** The tool has stopped because it was told to. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
}
