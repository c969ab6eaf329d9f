/** What open pages hear while teams work. */
import { type Heard, TestPage } from '../../server/live/test-page.ts'
import type { MatrixCaller, TeamName } from '../callers.ts'
import { marksOn } from './speak.ts'
import type { SocketStage } from './work.ts'

export interface Listener {
  readonly caller: MatrixCaller
  readonly page: TestPage
}

/** A page of the caller that watches whatever it can. */
export async function listen({ border, work }: SocketStage, caller: MatrixCaller): Promise<Listener> {
  const page = new TestPage(border.server.url, caller.proof)
  for (const topic of ['pool', 'agents', 'jobs'] as const) await page.watch({ topic })
  if (caller.team !== null) await page.watch({ topic: 'job', job: work[caller.team].running.job })
  return { caller, page }
}

/** A team works until its own pages have heard of it on every topic. */
export async function hearWork(
  { border, work }: SocketStage,
  listeners: readonly Listener[],
  team: TeamName,
): Promise<void> {
  const own = listeners.filter(({ caller }) => caller.team === team)
  const before = own.map(({ page }) => page.heard.all.length)
  const job = await work[team].goOn()
  const isTold = (heard: readonly Heard[]) => {
    const deltas = heard.flatMap((one) => (one.kind === 'delta' ? [one.delta] : []))
    return (
      heard.some(({ kind }) => kind === 'frames') &&
      deltas.some(({ topic }) => topic === 'pool') &&
      deltas.some(({ topic }) => topic === 'agents') &&
      deltas.some(
        (delta) =>
          delta.topic === 'jobs' &&
          delta.changed.some(({ id, state }) => id === job && state === 'completed'),
      )
    )
  }
  await border.until(() => own.every(({ page }, at) => isTold(page.heard.all.slice(before[at]))))
}

/** What others than the teams have been told. */
export function heardBeside(listeners: readonly Listener[], teams: readonly TeamName[]): string[] {
  return listeners
    .filter(({ caller }) => caller.team === null || !teams.includes(caller.team))
    .flatMap(({ caller, page }) =>
      page.heard.all
        .filter(({ kind }) => kind !== 'connected')
        .map((heard) => `${caller.name} heard ${JSON.stringify(heard).slice(0, 300)}`),
    )
}

/** What of another team is in anything that a page was told. */
export function marksHeard(on: SocketStage, listeners: readonly Listener[]): string[] {
  return listeners.flatMap(({ caller, page }) => {
    const heard = JSON.stringify(page.heard.all)
    return marksOn(on, caller)
      .filter((mark) => heard.includes(mark))
      .map((mark) => `${caller.name} heard ${mark}`)
  })
}
