/** The store as a simulated process sees it: every call travels there, runs at one instant, and travels back. */
import { CommitRejected, OutcomeUnknown, reasonOf, Unavailable } from '#runtime/errors.ts'
import type { Store } from '#runtime/ports.ts'
import { type Call, type CallName, type Operations, storeOf } from './memory/store.ts'
import type { Life, SimulatedProcess } from './process.ts'
import type { World } from './world.ts'

/** Calls that change nothing: where their answer is lost, nothing has happened. */
const reads: ReadonlySet<CallName> = new Set<CallName>([
  'beginSql',
  'sql.query',
  'sql.rollback',
  'readMail',
  'readDeferred',
  'readStates',
  'readAnswers',
  'readPosted',
  'readDead',
  'readHistory',
  'inspect',
  'health',
])
const slowMaxMs = 3_000
const zombieMaxMs = 5_000
const pauseMaxMs = 30_000

type Fate =
  | 'good'
  | 'crashBefore'
  | 'crashAfter'
  | 'unavailable'
  | 'lostAnswer'
  | 'lostRequest'
  | 'zombie'
  | 'rejected'
  | 'pauseInCall'
const fates = [
  'crashBefore',
  'crashAfter',
  'unavailable',
  'lostAnswer',
  'lostRequest',
  'zombie',
  'rejected',
  'pauseInCall',
] as const

interface Flight<Result> {
  readonly name: CallName
  readonly run: () => Result
  readonly fate: Fate
  readonly link: number
  readonly resolve: (result: Result) => void
  readonly reject: (error: Error) => void
}

export function simulatedStore(
  world: World,
  process: SimulatedProcess,
  life: Life,
  operations: Operations,
): Store {
  const call: Call = (name, run, group) =>
    new Promise((resolve, reject) => {
      const fate = life.dead ? 'good' : drawFate(world, name, (group?.history.length ?? 0) > 1)
      const flight: Flight<ReturnType<typeof run>> = {
        name,
        run,
        fate,
        link: world.databaseLife,
        resolve,
        reject,
      }
      if (life.dead) return
      if (fate === 'crashBefore') return world.crash(process, `before ${name}`)
      if (fate === 'pauseInCall') world.pause(process, world.random() * pauseMaxMs)
      world.clock.after(travelMs(world), () => arrive(world, process, life, flight))
    })
  return storeOf(operations, call)
}

/** At the database: the one instant at which the call is executed, if it is. */
function arrive<Result>(world: World, process: SimulatedProcess, life: Life, flight: Flight<Result>): void {
  const { name, fate } = flight
  const broken = flight.link !== world.databaseLife || world.databaseDown
  if (broken || fate === 'unavailable')
    return fail(world, process, life, flight, neverSent(world, name, broken))
  if (fate === 'rejected') return fail(world, process, life, flight, new CommitRejected('refused for once'))
  if (fate === 'lostRequest') return fail(world, process, life, flight, lost(name))
  if (fate === 'zombie' && !reads.has(name)) {
    world.clock.after(world.random() * zombieMaxMs, () => execute(world, process, flight, 'late'))
    return fail(world, process, life, flight, lost(name))
  }
  const outcome = execute(world, process, flight, '')
  if (fate === 'crashAfter') return world.crashLife(process, life, `after ${name}`)
  if (fate === 'lostAnswer') return fail(world, process, life, flight, lost(name))
  answer(world, process, life, flight, outcome)
}

type Outcome<Result> = { readonly result: Result } | { readonly error: Error }

function execute<Result>(
  world: World,
  process: SimulatedProcess,
  { name, run }: Flight<Result>,
  note: string,
): Outcome<Result> {
  try {
    const result = run()
    world.trace.add(process.name, name, '', note)
    return { result }
  } catch (error) {
    world.trace.add(process.name, name, '', `${note} ${reasonOf(error)}`)
    return { error: error instanceof Error ? error : new Error(reasonOf(error)) }
  }
}

/** The answer travels back, and is lost where the database goes down in the meantime. */
function answer<Result>(
  world: World,
  process: SimulatedProcess,
  life: Life,
  flight: Flight<Result>,
  outcome: Outcome<Result>,
): void {
  world.clock.after(
    travelMs(world),
    () => {
      if (flight.link !== world.databaseLife) {
        world.trace.add(process.name, flight.name, '', 'answer lost')
        flight.reject(lost(flight.name))
      } else if ('result' in outcome) flight.resolve(outcome.result)
      else flight.reject(outcome.error)
    },
    life,
  )
}

function fail<Result>(
  world: World,
  process: SimulatedProcess,
  life: Life,
  flight: Flight<Result>,
  error: Error,
): void {
  world.trace.add(process.name, flight.name, '', `${flight.fate}: ${error.name}`)
  world.clock.after(travelMs(world), () => flight.reject(error), life)
}

/** Only a group of several turns is refused for nothing: a single turn would be taken for the culprit. */
function drawFate(world: World, name: CallName, ofSeveral: boolean): Fate {
  const { faults } = world
  let draw = world.random()
  for (const fate of fates) {
    draw -= faults[fate]
    if (draw < 0) return fate === 'rejected' && !ofSeveral ? 'good' : fate
  }
  return 'good'
}

function travelMs(world: World): number {
  const ms = world.latencyMs * (0.5 + world.random())
  return world.random() < world.faults.slow ? ms + world.random() * slowMaxMs : ms
}

/** Where the link broke on the way, nobody knows whether the request got there. */
function neverSent(world: World, name: CallName, broken: boolean): Error {
  if (broken && !reads.has(name) && world.random() < 0.5) return lost(name)
  return new Unavailable(`the database did not take '${name}'`)
}

function lost(name: CallName): Error {
  if (reads.has(name)) return new Unavailable(`the connection broke during '${name}'`)
  return new OutcomeUnknown(`the answer to '${name}' was lost`)
}
