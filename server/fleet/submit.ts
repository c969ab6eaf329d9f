/** A job on its way in: checked against its tool, given its place, and handed to its actor. Safe to repeat with a key. */
import { announced, job as jobs } from '#actors/index.ts'
import { countWaiting, newSubmission } from '#db/product/fleet.ts'
import type { Queryable } from '#db/statement.ts'
import type { Node } from '#runtime/index.ts'
import { newId } from '#specs/ids.ts'
import { hasEnded, type Job, type JobDetail, type NewJob } from '#specs/jobs.ts'
import { capabilityOf, type Tool, tools } from '#specs/tools.ts'
import type pg from 'pg'
import { withTeam } from '../database/tenant.ts'
import type { Bus } from '../live/bus.ts'
import { topicOf } from '../live/bus.ts'
import { checkDepth } from '../rest/body.ts'
import { badInput, parseInput } from '../rest/parse.ts'
import { Refusal } from '../rest/refusal.ts'
import { sha256Of } from './canonical.ts'
import { destinationOf } from './destination.ts'
import { type Entry, QueueRoom } from './queue-room.ts'
import type { Reads } from './reads.ts'

export interface SubmitParts {
  readonly pool: pg.Pool
  readonly node: Pick<Node, 'ask'>
  readonly bus: Bus
  readonly reads: Reads
  /** Jobs of one team that may wait. */
  readonly queueMax: number
}
export interface Submission {
  readonly team: string
  readonly by: string
  readonly spec: NewJob
  readonly idempotencyKey: string | undefined
  /** The job that is run again. */
  readonly retryOf?: string | null
}

interface Noted {
  readonly team: string
  readonly spec: NewJob
  readonly key: string | null
  readonly hash: Buffer | null
  readonly entry: Entry
}

const lookEveryMs = 1_000

/** The spec with the tool's own defaults in its parameters. Throws where the tool or a parameter is not right. */
export function checkSpec(spec: NewJob): NewJob {
  const tool = toolOf(spec.tool)
  checkDepth(spec.params)
  try {
    return { ...spec, params: parseInput(tool.params, spec.params) as NewJob['params'] }
  } catch (error) {
    if (!(error instanceof Refusal) || !error.fields) throw error
    throw badInput(
      error.fields.map(({ path, message }) => ({ path: path === '' ? 'params' : `params.${path}`, message })),
    )
  }
}

function toolOf(name: string): Tool {
  const tool = tools.get(name)
  if (tool) return tool
  throw badInput([
    { path: 'tool', message: `is no tool that is known here; there are ${[...tools.keys()].join(', ')}` },
  ])
}

export class Submissions {
  readonly #parts: SubmitParts
  readonly #room: QueueRoom

  constructor(parts: SubmitParts) {
    this.#parts = parts
    this.#room = new QueueRoom(parts.queueMax)
  }

  async submit(submission: Submission): Promise<JobDetail> {
    const entry = this.#room.entry(submission.team)
    try {
      return await this.#submit(submission, entry)
    } finally {
      entry.leave()
    }
  }

  async #submit(
    { team, by, spec: given, idempotencyKey, retryOf = null }: Submission,
    entry: Entry,
  ): Promise<JobDetail> {
    const spec = checkSpec(given)
    const { pool, node } = this.#parts
    const key = idempotencyKey ?? null
    const hash = key === null ? null : sha256Of(spec)
    const made = await withTeam(pool, team, (client) => note(client, { team, spec, key, hash, entry }), {
      // The job's own commit follows before anybody is answered.
      onDisk: false,
    })
    if (!made.same)
      throw new Refusal(
        'already_exists',
        'This Idempotency-Key belongs to another submission: use a new key for a new job, or send the same body again.',
        { fields: [{ path: 'header Idempotency-Key', message: 'was used with another body' }] },
      )
    const creation = {
      team,
      spec,
      capabilities: [capabilityOf(toolOf(spec.tool)), ...spec.capabilities],
      seq: made.seq,
      at: made.at,
      submittedBy: by,
      boundName: made.boundName,
      place: made.place,
      retryOf,
    }
    // It saves the time of a commit; where it is lost, nothing is.
    const early = made.fresh ? announced(made.job, creation) : null
    if (early) node.ask(early).catch(() => {})
    return node.ask(jobs.at(made.job).create(creation))
  }

  /** Waits until the job has ended, or the time is over, or the caller has gone; then tells how it is. */
  async untilEnd(team: string, job: JobDetail, waitMs: number, signal: AbortSignal): Promise<JobDetail> {
    const { bus, reads } = this.#parts
    const ended = Promise.withResolvers<void>()
    const quit = bus.on('job', (event) => {
      if (event.job.id === job.id && hasEnded(event.job.state)) ended.resolve()
    })
    const interest = bus.interest(topicOf.job(job.id))
    const late = setTimeout(() => ended.resolve(), waitMs)
    // News may get lost between nodes.
    const look = setInterval(() => {
      reads.job(team, job.id).then(
        (found) => (found && hasEnded(found.state) ? ended.resolve() : undefined),
        () => {},
      )
    }, lookEveryMs)
    signal.addEventListener('abort', () => ended.resolve())
    try {
      await interest.known
      const now = (await reads.job(team, job.id)) ?? job
      if (hasEnded(now.state)) return now
      await ended.promise
      return (await reads.job(team, job.id)) ?? job
    } finally {
      clearTimeout(late)
      clearInterval(look)
      quit()
      interest.end()
    }
  }
}

async function note(client: Queryable, { team, spec, key, hash, entry }: Noted) {
  const [row] = await newSubmission.run(client, team, key, hash, newId('job'))
  if (!row) throw new TypeError('a submission without a row')
  const destination = await destinationOf(client, team, spec, row.fresh)
  // Refused, nothing is left of it: the key is free again.
  if (row.fresh) await entry.enter(row.job, (except, max) => countOf(client, team, max, except))
  return { ...row, ...destination }
}

async function countOf(client: Queryable, team: string, max: number, except: readonly string[]) {
  const [counted] = await countWaiting.run(client, team, max, except)
  return counted?.waiting ?? 0
}

/** What lists show of it. */
export function jobOf({
  attempts: _a,
  events: _e,
  retry: _r,
  timeouts: _t,
  capabilities: _c,
  tags: _g,
  ...job
}: JobDetail): Job {
  return job
}
