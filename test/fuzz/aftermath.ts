/** After a round: whatever was let in can be shown, and the team goes on working. */
import type { RouteName } from '#specs/routes.ts'
import type { CallInput } from '../support/api.ts'
import { TestPage } from '../server/live/test-page.ts'
import type { Cast } from './cast.ts'
import { dashboardUrl } from './stage.ts'

/** Things of one kind that are looked at one by one. */
const lookedAtMax = 30
const lists = ['listUsers', 'listTokens', 'listAgentTokens', 'listAgents', 'listJobs'] as const
const counts = ['agentHealth', 'pool', 'availableAgents'] as const

/** What does not go any more. */
export async function aftermath(cast: Cast): Promise<string[]> {
  const faults: string[] = []
  const { api } = cast
  const look = async (name: RouteName, input: CallInput = {}) => {
    // Each answer is held against what the route declares.
    const found = await api.try(name, input).catch((error: unknown) => ({ status: 0, body: String(error) }))
    if (found.status === 0 || found.status >= 500)
      faults.push(
        `${name} ${JSON.stringify(input)}: ${found.status} ${JSON.stringify(found.body).slice(0, 500)}`,
      )
    return found.body
  }
  const all = async (name: (typeof lists)[number]) => {
    const ids: string[] = []
    for (let next: string | null | undefined = ''; typeof next === 'string';) {
      const page = await look(name, { query: { limit: '200', ...(next !== '' && { after: next }) } })
      const { items = [], next: following } = page as { items?: { id: string }[]; next?: string | null }
      ids.push(...items.map(({ id }) => id))
      next = following
    }
    return ids
  }
  for (const name of counts) await look(name)
  const found = new Map<string, string[]>()
  for (const name of lists) found.set(name, await all(name))
  for (const job of found.get('listJobs')?.slice(0, lookedAtMax) ?? [])
    for (const name of ['getJob', 'jobLog', 'jobResult'] as const) await look(name, { params: { job } })
  for (const agent of found.get('listAgents')?.slice(0, lookedAtMax) ?? [])
    for (const name of ['getAgent', 'agentEvents'] as const) await look(name, { params: { agent } })
  for (const job of found.get('listJobs') ?? []) await look('removeJob', { params: { job } })
  return [...faults, ...(await works(cast))]
}

/** A job is run, and a page hears of it. */
async function works({ api, border, worker }: Cast): Promise<string[]> {
  const page = new TestPage(dashboardUrl(border), api.proof)
  try {
    for (const topic of ['pool', 'agents', 'jobs'] as const) await page.watch({ topic })
    const told = page.delta('jobs')
    const body = { tool: 'selftest.echo', agent: worker }
    const job = await api.ok('submitJob', { query: { wait: '30s' }, body })
    await told
    return job.state === 'completed' ? [] : [`a job is not run any more: ${JSON.stringify(job)}`]
  } catch (error) {
    return [`the team does not work any more: ${String(error)}`]
  } finally {
    page.close()
  }
}
