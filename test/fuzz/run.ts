/**
 * Tries generated inputs on every route that is served. Whatever comes in, the server answers: with what the route declares, or with a
 * problem that it declares; never with a fault of its own, and never with a trace of its inside.
 */
import { type RouteName, routes } from '#specs/routes.ts'
import type { Route } from '#specs/route.ts'
import { checkAnswer } from '../support/api.ts'
import type { Input } from './harm.ts'
import { inputsFor } from './inputs.ts'
import { type Received, Sender } from './sender.ts'

export interface Target {
  readonly url: string
  /** The routes to try, each with headers of somebody who may call it, and the parameters of something that is there. */
  readonly entries: ReadonlyMap<RouteName, Entry>
}

export interface Entry {
  readonly proof: Readonly<Record<string, string>>
  readonly params: Readonly<Record<string, string>>
}

export interface Report {
  readonly route: RouteName
  readonly sent: number
  readonly byStatus: Readonly<Record<string, number>>
  readonly p99Ms: number
  /** What went wrong, with what makes it go wrong again. */
  readonly faults: readonly string[]
}

const atOnce = 8
const batchMax = 500
const faultsMax = 5
/** What only the inside of the server looks like. */
const inside = /node_modules|\bat .+\.ts:\d|Error:|select |insert into|polluted/

export async function fuzz(
  target: Target,
  count: number,
  seed: number,
  done: (report: Report) => void,
): Promise<void> {
  const sender = new Sender(target.url)
  try {
    for (const [name, entry] of target.entries) done(await fuzzRoute(sender, name, entry, count, seed))
  } finally {
    sender.close()
  }
}

async function fuzzRoute(
  sender: Sender,
  name: RouteName,
  entry: Entry,
  count: number,
  seed: number,
): Promise<Report> {
  const route: Route = routes[name]
  const [byStatus, times, faults]: [Record<string, number>, number[], string[]] = [{}, [], []]
  async function work(inputs: Input[]): Promise<void> {
    for (let input = inputs.pop(); input !== undefined; input = inputs.pop()) {
      const fault = await sender.send(route, input, entry.proof).then(
        (received) => {
          byStatus[received.status] = (byStatus[received.status] ?? 0) + 1
          times.push(received.ms)
          return faultIn(route, received)
        },
        (error: unknown) => `no answer: ${String(error)}`,
      )
      if (fault !== undefined && faults.length < faultsMax) faults.push(`${fault}\n    ${shown(input)}`)
    }
  }
  // A batch at a time: some inputs are large.
  for (let done = 0; done < count; done += batchMax) {
    const inputs = inputsFor(route, Math.min(batchMax, count - done), seed + done, entry.params)
    await Promise.all(Array.from({ length: atOnce }, () => work(inputs)))
  }
  if (({} as { polluted?: unknown }).polluted !== undefined)
    faults.push('the prototype of all objects was changed')
  return { route: name, sent: times.length, byStatus, p99Ms: percentile(times, 0.99), faults }
}

function faultIn(route: Route, { status, headers, text }: Received): string | undefined {
  try {
    if (status >= 500) throw new Error(`status ${status}`)
    if (inside.test(text) && status >= 400) throw new Error('it shows its inside')
    checkAnswer(route, { status, headers }, JSON.parse(text))
    return undefined
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}; it said ${text.slice(0, 500)}`
  }
}

function shown({ params, search, body, headers }: Input): string {
  return JSON.stringify({ params, search, headers, body: body?.toString('utf8') }).slice(0, 1_000)
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return Math.round(sorted[Math.floor(sorted.length * share)] ?? 0)
}
