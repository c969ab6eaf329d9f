/** `safelight jobs`: submit, look, steer. */
import type { Command } from 'commander'
import { tableOf } from '#host/terminal.ts'
import { hasEnded, type Job, type JobDetail, type LogLine } from '#specs/jobs.ts'
import { agentId } from './agent-names.ts'
import { jsonObject, jsonOrText, nameAndValue, wholeNumber } from './arguments.ts'
import { listCommand } from './groups.ts'
import { collected } from './pages.ts'
import { ago, jsonOf, progressOf } from './print.ts'
import type { Terminal } from './terminal.ts'
import { watchJob } from './watching.ts'

interface ListOptions {
  readonly state?: string
  readonly tool?: string
  readonly agent?: string
  readonly limit: number
}
interface SubmitOptions {
  readonly params: Record<string, unknown>
  readonly priority?: string
  readonly agent?: string
  readonly key?: string
  readonly watch?: boolean
}

export function jobCommands(program: Command, terminal: Terminal): void {
  const jobs = program.command('jobs').description('what agents are asked to do')
  declareLooks(jobs, terminal)
  jobs
    .command('submit')
    .description("submit a job: 'safelight jobs submit photostats path=/photos'")
    .argument('<tool>', 'what to run, like photostats or selftest.echo')
    .argument(
      '[params...]',
      `name=value; what is JSON is taken as such, so a number as text is name='"7"'`,
      nameAndValue,
    )
    .option('--params <json>', 'parameters as a JSON object', jsonObject, {})
    .option('--priority <priority>', 'low, normal, high, critical or 0 to 100')
    .option('--agent <agent>', 'only this agent may run it: its name or id')
    .option('--key <key>', 'submitting again with the same key submits once')
    .option('--watch', 'stay until it has ended')
    .action((tool: string, pairs: Record<string, unknown> | undefined, options: SubmitOptions) =>
      submit(terminal, tool, pairs ?? {}, options),
    )
  jobs
    .command('cancel <job>')
    .description('cancel it, even while it runs')
    .option('--reason <text>', 'why')
    .action((job: string, { reason }: { reason?: string }) => cancel(terminal, job, reason))
  jobs
    .command('retry <job>')
    .description('run it again, as a new job')
    .action((job: string) => retry(terminal, job))
}

function declareLooks(jobs: Command, terminal: Terminal): void {
  listCommand(jobs, 'the latest jobs')
    .option('--state <state>', 'only those in this state')
    .option('--tool <tool>', 'only those of this tool')
    .option('--agent <agent>', 'only those of this agent: its name or id')
    .option('--limit <count>', 'at most so many', wholeNumber(1, 10_000), 20)
    .action((options: ListOptions) => list(terminal, options))
  jobs
    .command('show <job>')
    .description('one job')
    .action((job: string) => show(terminal, job))
  jobs
    .command('watch <job>')
    .description('follow it to its end')
    .action((job: string) => watch(terminal, job))
  jobs
    .command('result <job>')
    .description('what it has found, as JSON')
    .action((job: string) => result(terminal, job))
  jobs
    .command('log <job>')
    .description('its log')
    .action((job: string) => log(terminal, job))
}

async function list(terminal: Terminal, { limit, agent, state, tool }: ListOptions) {
  const client = terminal.client()
  const of = { state, tool, agent: agent === undefined ? undefined : await agentId(terminal, agent) }
  const { items, isMore } = await collected<Job>(limit, (place) =>
    client.call('listJobs', { query: { ...of, ...place } }),
  )
  if (terminal.json) return terminal.say(jsonOf(items))
  if (items.length === 0)
    return terminal.complain("No jobs. 'safelight jobs submit selftest.echo --watch' is a first one.")
  const rows = items.map((job) => [
    job.id,
    job.tool,
    job.state,
    String(job.priority),
    ago(job.submittedAt),
    hasEnded(job.state) ? '' : progressOf(job.progress),
  ])
  terminal.say(tableOf([['ID', 'TOOL', 'STATE', 'PRIORITY', 'SUBMITTED', 'PROGRESS'], ...rows]))
  if (isMore) terminal.complain(`These are the latest ${limit}; --limit <count> shows more.`)
}

async function show(terminal: Terminal, job: string) {
  const found = await terminal.client().call('getJob', { params: { job } })
  if (terminal.json) terminal.say(jsonOf(found))
  else tell(terminal, found)
}

function tell(terminal: Terminal, job: JobDetail) {
  terminal.say(`${job.tool} ${job.id}: ${job.state}, submitted ${ago(job.submittedAt)}`)
  if (job.waiting) terminal.say(`  waits: ${job.waiting.detail}`)
  if (job.progress && !hasEnded(job.state)) terminal.say(`  ${progressOf(job.progress)}`)
  if (job.error) terminal.say(`  ${job.error.class}: ${job.error.message}`)
  for (const { number, agent, outcome } of job.attempts)
    terminal.say(`  attempt ${number} on ${agent}: ${outcome ?? 'under way'}`)
  if (job.hasResult) terminal.say(`  'safelight jobs result ${job.id}' shows what it has found`)
}

async function submit(
  terminal: Terminal,
  tool: string,
  pairs: Record<string, unknown>,
  { params, priority, agent, key, watch: stays }: SubmitOptions,
) {
  const body = {
    tool,
    params: { ...params, ...pairs } as never,
    ...(priority !== undefined && { priority: jsonOrText(priority) as never }),
    ...(agent !== undefined && { agent: await agentId(terminal, agent) }),
  }
  const headers = key === undefined ? {} : { 'idempotency-key': key }
  const job = await terminal.client().call('submitJob', { body, headers })
  if (!stays)
    return said(terminal, job, `${job.id} is ${job.state}. 'safelight jobs watch ${job.id}' follows it.`)
  if (!terminal.json) terminal.complain(`${job.id} is submitted.`)
  await watchJob(terminal, job.id)
}

async function watch(terminal: Terminal, job: string) {
  // Says at once where there is no such job, or no server to wait for.
  await terminal.client().call('getJob', { params: { job } })
  await watchJob(terminal, job)
}

async function cancel(terminal: Terminal, id: string, reason: string | undefined) {
  const body = reason === undefined ? {} : { reason }
  const job = await terminal.client().call('cancelJob', { params: { job: id }, body })
  said(terminal, job, `${job.id} is ${job.state}.`)
}

async function retry(terminal: Terminal, id: string) {
  const job = await terminal.client().call('retryJob', { params: { job: id }, body: {} })
  said(terminal, job, `It runs again as ${job.id}.`)
}

async function result(terminal: Terminal, id: string) {
  const found = await terminal.client().call('jobResult', { params: { job: id } })
  if ('outcome' in found) return terminal.say(jsonOf(found.output))
  throw new Error(`${id} has not ended yet, it is ${found.state}: 'safelight jobs watch ${id}' waits for it`)
}

async function log(terminal: Terminal, id: string) {
  const client = terminal.client()
  const { items } = await collected<LogLine>(Infinity, (query) =>
    client.call('jobLog', { params: { job: id }, query }),
  )
  if (terminal.json) return terminal.say(jsonOf(items))
  if (items.length === 0) terminal.complain(`${id} has logged nothing.`)
  for (const { at, level, text } of items)
    terminal.say(`${new Date(at).toISOString()} ${level.padEnd(5)} ${text}`)
}

function said(terminal: Terminal, job: Job, sentence: string) {
  terminal.say(terminal.json ? jsonOf(job) : sentence)
}
