/** The routes of jobs: lists read rows, what people want goes to the job's actor. */
import { job as jobs } from '#actors/index.ts'
import { readLog } from '#db/product/link.ts'
import { readResult } from '#db/product/live.ts'
import { hasEnded, type JobDetail, JobResult, LogLine, NewJob } from '#specs/jobs.ts'
import { tools, toolView } from '#specs/tools.ts'
import { withTeam } from '../database/tenant.ts'
import type { Handlers } from '../rest/handlers.ts'
import { badInput } from '../rest/parse.ts'
import { notFound, Refusal } from '../rest/refusal.ts'
import { sha256Of } from './canonical.ts'
import type { FleetParts } from './handlers.ts'
import { jobOf, Submissions } from './submit.ts'

const waitMaxMs = 60_000
const resultRetrySeconds = '1'
const retriable = ['failed', 'dead', 'expired', 'cancelled'] as const

export function jobHandlers(parts: FleetParts): Handlers {
  return { ...lists(parts), ...wishes(parts) }
}

function lists({ reads, pool }: FleetParts): Handlers {
  const views = [...tools.values()].map(toolView)
  return {
    listTools: async () => ({ items: views }),
    listJobs: ({ query }, { team }) => reads.jobs(team, query),
    async getJob({ params }, { team }) {
      const found = await reads.job(team, params.job)
      if (!found) throw notFound()
      return found
    },
    async jobResult({ params: { job } }, { team }, { reply }) {
      const [row] = await withTeam(pool, team, (client) => readResult.run(client, team, job))
      if (!row) {
        const state = unfinished(await reads.job(team, job))
        reply.status(202)
        reply.header('retry-after', resultRetrySeconds)
        return { job, state }
      }
      const { finished_at: finishedAt, ...rest } = row
      const output: unknown = JSON.parse(row.output)
      return JobResult.parse({ job, ...rest, finishedAt, output, hash: sha256Of(output).toString('hex') })
    },
    async jobLog({ params: { job }, query: { limit, after } }, { team }) {
      const [attempt, seq] = after === undefined ? [0, 0] : placeIn(after)
      if (!(await reads.job(team, job))) throw notFound()
      const rows = await withTeam(pool, team, (client) =>
        readLog.run(client, team, job, attempt, seq, limit + 1),
      )
      const items = rows.slice(0, limit).map((row) => LogLine.parse(row))
      const last = items.at(-1)
      return { items, next: rows.length > limit && last ? `${last.attempt}.${last.seq}` : null }
    },
  }
}

/** The state of a job that may have a result later. Throws where it has none for good. */
function unfinished(job: JobDetail | undefined): JobDetail['state'] {
  if (!job) throw notFound()
  if (!hasEnded(job.state)) return job.state
  if (job.hasResult) throw new Refusal('gone', 'The result of this job is not kept any more.')
  throw new Refusal('wrong_state', `The job has ended as ${job.state}: it has no result.`)
}

function placeIn(after: string): [attempt: number, seq: number] {
  const [, attempt, seq] = /^(\d{1,9})\.(\d{1,9})$/.exec(after) ?? []
  if (attempt !== undefined && seq !== undefined) return [Number(attempt), Number(seq)]
  throw badInput([{ path: 'query.after', message: "is no cursor: give the 'next' of the page before" }])
}

function wishes(parts: FleetParts): Handlers {
  const { reads, node } = parts
  const submissions = new Submissions(parts)
  async function own(team: string, id: string): Promise<JobDetail> {
    const found = await reads.job(team, id)
    if (!found) throw notFound()
    return found
  }
  const cancel = async (team: string, id: string, by: string, reason: string | null) => {
    await own(team, id)
    return node.ask(jobs.at(id).cancel({ by, reason }))
  }
  return {
    async submitJob({ body: spec, query: { wait } }, { team, user: by }, { idempotencyKey, reply, signal }) {
      const job = await submissions.submit({ team, by, spec, idempotencyKey })
      if (wait === undefined) return jobOf(job)
      const waitMs = Math.min(waitMaxMs, Number.parseInt(wait, 10) * 1_000)
      const later = hasEnded(job.state) ? job : await submissions.untilEnd(team, job, waitMs, signal)
      reply.status(hasEnded(later.state) ? 200 : 202)
      return jobOf(later)
    },
    async retryJob({ params }, { team, user: by }, { idempotencyKey }) {
      const job = await own(team, params.job)
      if (!(retriable as readonly string[]).includes(job.state))
        throw new Refusal(
          'wrong_state',
          `The job is ${job.state}: only one that is ${retriable.join(', ')} runs again.`,
        )
      const again = { team, by, spec: specOf(job), idempotencyKey, retryOf: job.id }
      return jobOf(await submissions.submit(again))
    },
    async changeJob({ params, body: { priority } }, { team, user: by }) {
      await own(team, params.job)
      return node.ask(jobs.at(params.job).change({ by, priority }))
    },
    cancelJob: ({ params, body }, { team, user }) => cancel(team, params.job, user, body.reason ?? null),
    removeJob: ({ params }, { team, user }) => cancel(team, params.job, user, null),
  }
}

/** What was asked for, to be asked for again: now, whenever it was to start. */
function specOf({ tool, params, priority, boundTo, tags, capabilities, retry, timeouts }: JobDetail): NewJob {
  return NewJob.parse({
    tool,
    params,
    priority,
    ...(boundTo !== null && { agent: boundTo }),
    tags,
    // The tool's own comes with the tool.
    capabilities: capabilities.slice(1),
    retry,
    timeouts,
  })
}
