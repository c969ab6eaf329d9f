/** What a running job tells, put in order: log lines and progress, numbered without gaps within an attempt. */
import type { Frame } from '#specs/agent-link.ts'
import type { LogLine, Progress } from '#specs/jobs.ts'

/** Lines that a page keeps; the older ones can be read from the server. */
export const linesMax = 5_000
const aheadMax = 1_000
const samplesMax = 40

/** How far it was at a time: what the time left is reckoned from. */
export type Sample = { readonly at: number; readonly done: number }

export type JobLog = {
  readonly attempt: number
  /** The first frame's number that is known; 0 while none is. */
  readonly from: number
  /** The last frame's number. */
  readonly seq: number
  /** The oldest first. */
  readonly lines: readonly LogLine[]
  readonly progress: Progress | null
  readonly samples: readonly Sample[]
  /** Frames that came too early: those before them are to be asked for. */
  readonly ahead: readonly Frame[]
}

export const emptyLog: JobLog = {
  attempt: 0,
  from: 0,
  seq: 0,
  lines: [],
  progress: null,
  samples: [],
  ahead: [],
}

/** Takes in what was told. Frames that are known already, and those of an earlier attempt, change nothing. */
export function told(log: JobLog, attempt: number, frames: readonly Frame[]): JobLog {
  if (attempt < log.attempt) return log
  const start = attempt === log.attempt ? log : nextAttempt(log, attempt)
  const waiting = inOrder(start, frames)
  const gap = waiting.findIndex(({ seq }, at) => seq !== start.seq + 1 + at)
  const next = gap === -1 ? waiting : waiting.slice(0, gap)
  return { ...next.reduce(taken, start), ahead: waiting.slice(next.length).slice(-aheadMax) }
}

/** Takes in all that the server still has of the attempt; what it has not any more nobody can tell. */
export function caughtUp(log: JobLog, attempt: number, frames: readonly Frame[]): JobLog {
  if (attempt < log.attempt) return log
  const start = attempt === log.attempt ? log : nextAttempt(log, attempt)
  return { ...inOrder(start, frames).reduce(taken, start), ahead: [] }
}

/** What is not known yet, each once. */
function inOrder({ seq, ahead }: JobLog, frames: readonly Frame[]): Frame[] {
  const bySeq = new Map([...ahead, ...frames].map((frame) => [frame.seq, frame]))
  return [...bySeq.values()].filter((frame) => frame.seq > seq).toSorted((one, other) => one.seq - other.seq)
}

/** Puts lines that were read from the server before those that are known. */
export function withEarlier(log: JobLog, earlier: readonly LogLine[]): JobLog {
  const known = new Set(log.lines.map(keyOf))
  const lines = [...earlier.filter((line) => !known.has(keyOf(line))), ...log.lines]
  return { ...log, lines: lines.toSorted((a, b) => a.attempt - b.attempt || a.seq - b.seq) }
}

function nextAttempt(log: JobLog, attempt: number): JobLog {
  return { ...emptyLog, attempt, lines: log.lines }
}

function taken(log: JobLog, frame: Frame): JobLog {
  const now = { ...log, from: log.from === 0 ? frame.seq : log.from, seq: frame.seq }
  if (frame.type === 'log') {
    const { seq, at, level, text } = frame
    return { ...now, lines: [...log.lines, { seq, attempt: log.attempt, at, level, text }].slice(-linesMax) }
  }
  const progress = notBehind(log.progress, frame.progress)
  return { ...now, progress, samples: sampled(log, { at: frame.at, done: progress.done }, progress.stage) }
}

/** Within a stage, progress never goes back. */
function notBehind(before: Progress | null, given: Progress): Progress {
  if (before === null || before.stage !== given.stage) return given
  return { ...given, done: Math.max(before.done, given.done) }
}

function sampled(log: JobLog, sample: Sample, stage: string): readonly Sample[] {
  const isSameStage = log.progress?.stage === stage
  return isSameStage ? [...log.samples, sample].slice(-samplesMax) : [sample]
}

function keyOf({ attempt, seq }: LogLine): string {
  return `${attempt}:${seq}`
}
