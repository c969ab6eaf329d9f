/** A job on its way in: checked against its tool, given its place, and handed to its actor. Safe to repeat with a key. */
import { createHash } from 'node:crypto'
import { announced, job as jobs } from '#actors/index.ts'
import { countWaiting, newSubmission } from '#db/product/fleet.ts'
import { readAgents } from '#db/product/live.ts'
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
}

interface Noted {
  readonly team: string
  readonly spec: NewJob
  readonly key: string | null
  readonly hash: Buffer | null
}

const fullRetryMs = 5_000
const countEveryMs = 1_000
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
  readonly #room = new Map<string, { left: number; countedAt: number }>()

  constructor(parts: SubmitParts) {
    this.#parts = parts
  }

  async submit({ team, by, spec: given, idempotencyKey }: Submission): Promise<JobDetail> {
    const spec = checkSpec(given)
    const { pool, node } = this.#parts
    const key = idempotencyKey ?? null
    const hash = key === null ? null : hashOf(spec)
    const made = await withTeam(pool, team, (client) => this.#note(client, { team, spec, key, hash }), {
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
    }
    // It saves the time of a commit; where it is lost, nothing is.
    const early = made.fresh ? announced(made.job, creation) : null
    if (early) node.ask(early).catch(() => {})
    return node.ask(jobs.at(made.job).create(creation))
  }

  async #note(client: Queryable, { team, spec, key, hash }: Noted) {
    if (spec.agent !== undefined) await checkAgent(client, team, spec.agent)
    const [row] = await newSubmission.run(client, team, key, hash, newId('job'))
    if (!row) throw new TypeError('a submission without a row')
    // Refused, nothing is left of it: the key is free again.
    if (row.fresh) await this.#checkRoom(client, team)
    return row
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

  /** Counts only as often as the queue could have become full since the last time. */
  async #checkRoom(client: Queryable, team: string) {
    const { queueMax } = this.#parts
    const known = this.#room.get(team)
    const now = performance.now()
    if (known && known.left > 0 && now - known.countedAt < countEveryMs) {
      known.left -= 1
      return
    }
    const [counted] = await countWaiting.run(client, team, queueMax)
    const room = queueMax - (counted?.waiting ?? 0)
    if (room <= 0)
      throw new Refusal(
        'queue_full',
        `${queueMax} jobs are waiting already, which is the most. Wait until some have run, or cancel some.`,
        { retryAfterMs: fullRetryMs },
      )
    // Others submit too, on this node and elsewhere.
    this.#room.set(team, { left: Math.floor(room / 4), countedAt: now })
  }
}

async function checkAgent(client: Queryable, team: string, agent: string) {
  const [found] = await readAgents.run(client, team, [agent])
  if (found) return
  throw new Refusal('not_found', 'There is no agent of that id in your team: look at the list of agents.', {
    fields: [{ path: 'agent', message: 'is no agent of your team' }],
  })
}

/** Of the job that is asked for, whatever the order of its fields. */
function hashOf(spec: NewJob): Buffer {
  return createHash('sha256').update(canonical(spec)).digest()
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  )
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
