/** What the user sees of a job to its end: on the way to standard error, the result to standard output. */
import type { JobDetail, JobState } from '#specs/jobs.ts'
import { Interrupted } from './exit-codes.ts'
import { jsonOf } from './print.ts'
import type { Terminal } from './terminal.ts'
import type { Follower } from './watch.ts'

const done: readonly JobState[] = ['completed', 'no_change', 'partial']
/** A program that runs for hours is not read line by line. */
const progressEveryMs = 1_000

/** Stays until the job has ended. Ctrl-C leaves, and the job goes on. */
export async function watchJob(terminal: Terminal, id: string): Promise<void> {
  // No other command needs sockets, and to load them takes a fifth of its time.
  const { follow } = await import('./watch.ts')
  const left = new AbortController()
  const forget = terminal.onInterrupt(() =>
    left.abort(
      new Interrupted(
        `${id} goes on. 'safelight jobs watch ${id}' follows it again, 'safelight jobs cancel ${id}' ends it.`,
      ),
    ),
  )
  const job = await follow(terminal.server(), id, narrator(terminal), left.signal).finally(forget)
  await tellEnd(terminal, job)
}

function narrator({ json, complain }: Terminal): Follower {
  let state = ''
  let progressAt = -Infinity
  const tell = (line: string) => {
    if (!json) complain(line)
  }
  return {
    job({ state: name, waiting }) {
      const line = waiting === null ? name : `${name}: ${waiting.detail}`
      if (line !== state) tell(line)
      state = line
    },
    line: tell,
    progress(text) {
      if (performance.now() - progressAt < progressEveryMs) return
      progressAt = performance.now()
      tell(text)
    },
    connected: (isThere) =>
      tell(isThere ? 'The server is there again.' : 'The server does not answer; trying again.'),
  }
}

async function tellEnd(terminal: Terminal, job: JobDetail): Promise<void> {
  const output = job.hasResult
    ? (await terminal.client().call('jobResult', { params: { job: job.id } })).output
    : null
  if (terminal.json) terminal.say(jsonOf({ ...job, output }))
  else if (job.hasResult) terminal.say(jsonOf(output))
  if (done.includes(job.state)) return
  terminal.complain(`safelight: ${whyOf(job)}`)
  terminal.fail()
}

function whyOf({ id, state, error, events }: JobDetail): string {
  const cancelled = events.findLast((event) => event.state === 'cancelling')
  const reason = cancelled?.reason ?? events.at(-1)?.reason
  const why = error === null ? reason : `${error.class}: ${error.message}`
  return `${id} has ended as ${state}${why ? `: ${why}` : ''}`
}
