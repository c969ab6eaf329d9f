/** What every benchmark's command line does: chooses scenarios, runs them, prints their rows. */
import { parseArgs } from 'node:util'
import type { Row } from './row.ts'

/** What is measured together, and the rows that come of it. */
export interface Scenario<Ground> {
  readonly rows: readonly string[]
  readonly measure: (ground: Ground) => Promise<Row[]>
}
export interface Options {
  readonly quick: boolean
  readonly profile: boolean
  readonly say: (line: string) => void
}
export interface Grounds<Ground> {
  start(options: Options): Promise<Ground>
  stop(ground: Ground): Promise<void>
  /** A fresh one for each scenario. */
  readonly each: boolean
  /** What the machine does without any of us, as a sentence. */
  limits?(ground: Ground): Promise<string>
}

/** Runs what was asked for on the command line, and ends the process. */
export async function runScenarios<Ground>(
  scenarios: readonly Scenario<Ground>[],
  grounds: Grounds<Ground>,
): Promise<never> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      only: { type: 'string' },
    },
  })
  const wanted = chosen(scenarios, values.only)
  const say = (line: string) => console.error(line)
  const options = { quick: values.quick, profile: values.profile, say }
  const print = (row: Row) => console.log(values.json ? JSON.stringify(row) : described(row))
  const asked = scenarios.filter(({ rows }) => rows.some((row) => wanted.has(row)))
  const together = grounds.each ? asked.map((scenario) => [scenario]) : [asked]
  for (const some of together)
    await runOn(some, grounds, options, (row) => wanted.has(row.name) && print(row))
  process.exit()
}

async function runOn<Ground>(
  scenarios: readonly Scenario<Ground>[],
  grounds: Grounds<Ground>,
  options: Options,
  print: (row: Row) => void,
) {
  const ground = await grounds.start(options)
  const stop = () => void grounds.stop(ground).finally(() => process.exit(1))
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  const tellLimits = async () => {
    if (grounds.limits) options.say(await grounds.limits(ground).catch(String))
  }
  try {
    await tellLimits()
    for (const { measure } of scenarios) for (const row of await measure(ground)) print(row)
    await tellLimits()
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    await grounds.stop(ground)
  }
}

function chosen(scenarios: readonly Scenario<never>[], only: string | undefined): Set<string> {
  const names = scenarios.flatMap(({ rows }) => rows)
  const wanted = only?.split(',') ?? names
  const unknown = wanted.filter((name) => !names.includes(name))
  if (unknown.length === 0) return new Set(wanted)
  console.error(`There is no row "${unknown.join('", "')}". Rows: ${names.join(', ')}`)
  process.exit(1)
}

function described(row: Row): string {
  const peers = Object.entries(row.peers).map(([peer, value]) => `${peer} ${value}`)
  const against = row.limit === undefined ? peers : [...peers, `limit ${row.limit}`]
  const notes = [row.void && `VOID: a peer is below its line ${JSON.stringify(row.line)}`, row.note].filter(
    Boolean,
  )
  return `${row.name.padEnd(20)} ${String(row.ours).padStart(9)} ${row.unit.padEnd(20)} x${String(row.ratio).padEnd(7)} ${against.join(', ')}  ${notes.join('; ')}`
}
