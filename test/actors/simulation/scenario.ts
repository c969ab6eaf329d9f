/** A team's agents and jobs, in a cluster that fails in many ways. */
import { agent, announced, job, kinds } from '#actors/index.ts'
import { Refused } from '#runtime/index.ts'
import type { Message } from '#runtime/message.ts'
import type { SimulatedCluster, SimulateOptions } from '#runtime/testing/simulate.ts'
import { simulateSeed, type SeedResult } from '#runtime/testing/simulate.ts'
import { hasEnded } from '#specs/jobs.ts'
import { tightSettings } from '#test/simulation/settings.ts'
import { creation, echo, registration, team, user } from '../fleet.ts'
import { fleetModel, jobRows } from '../sql-model.ts'
import { Invariants, type Limits } from './invariants.ts'
import { type Manners, Program } from './program.ts'

/** Times so short that each of them matters within a run. */
const settings = {
  allowedTools: ['*'],
  acceptMs: 1_000,
  cancelGraceMs: 2_000,
  graceMs: 2_000,
  unhealthyMs: 3_000,
  aliveMs: 500,
}
const special = 'tool:special:1'
/** In every third run agents have had their share of attempts again and again; in the others never. */
const claimsOf = (seed: number) => (seed % 3 === 0 ? 4 : 1_000)

/** In every fourth run the team allows two jobs at once. */
const runningMaxOf = (seed: number) => (seed % 4 === 1 ? 2 : null)

export interface RunOptions {
  readonly jobs: number
}

export function runSeed(seed: number, { jobs }: RunOptions): Promise<SeedResult> {
  const limits = { claimsPerMinute: claimsOf(seed), runningMax: runningMaxOf(seed) }
  const { claimsPerMinute, runningMax } = limits
  const options: SimulateOptions = {
    // Its checkers read the history of all.
    kinds: () => kinds({ ...settings, claimsPerMinute }).map((kind) => ({ ...kind, history: true })),
    seeds: [seed],
    nodes: 3,
    settings: tightSettings,
    sqlModel: (text, params, tables, own) => {
      tables.set('team', [{ id: team, placement: 'offer', running_max: runningMax }])
      return fleetModel(text, params, tables, own)
    },
    livenessMaxMs: 900_000,
  }
  return simulateSeed(seed, options, (cluster) => scenario(cluster, jobs, limits))
}

async function scenario(cluster: SimulatedCluster, count: number, limits: Limits): Promise<() => void> {
  const invariants = new Invariants(cluster.database, limits)
  const manners: Manners = { wild: true }
  const programs = await startPrograms(cluster, manners)
  let over = false
  const lives = programs.map((program) => program.live(() => over))
  const jobs: string[] = []
  for (let number = 0; number < count; number += 1) {
    jobs.push(await submit(cluster, number, programs))
    await meddle(cluster, jobs, programs)
    await cluster.sleep(cluster.random() * 700)
  }
  await cluster.sleep(20_000)
  manners.wild = false
  for (const { id } of programs) await settle(cluster, agent.at(id).resume({ by: user }))
  await cluster.expectEventually(() => {
    const left = jobRows(cluster.database.actors).filter(({ status }) => !hasEnded(status as 'pending'))
    if (left.length === 0) return
    const jobs = left.map(({ key, status, class: needs }) => `${key} is ${status} for ${needs}`)
    const agents = [...cluster.database.actorsIn('product.agent').values()].map(
      ({ key, columns }) => `${key} ${JSON.stringify(columns)}`,
    )
    throw new Error([...jobs, ...agents].join('; '))
  }, 600_000)
  over = true
  await Promise.all(lives)
  return () => invariants.checkEnd(jobs)
}

async function startPrograms(cluster: SimulatedCluster, manners: Manners): Promise<Program[]> {
  const programs: Program[] = []
  for (let number = 0; number < 4; number += 1) {
    const id = `agt_${String(number).padStart(26, '0')}`
    const slots = 1 + (number % 2)
    const abilities = number === 3 ? [echo, special] : [echo]
    const roots =
      number === 2 ? ['/photos', '/photos/nas'] : number === 1 ? ['/raw', '/archive'] : ['/photos']
    await cluster.ask(registration(id, { slots, capabilities: abilities, roots: roots.slice(0, 1) }))
    programs.push(new Program(id, cluster, manners, { slots, abilities, roots }))
  }
  return programs
}

/** As whoever submits knows them when only the first roots of all are known. */
const folders = [
  { path: '/photos/2024', place: '/photos/' },
  { path: '/photos/nas/x', place: '/photos/' },
  { path: '/archive/1', place: '' },
]

async function submit(
  cluster: SimulatedCluster,
  number: number,
  programs: readonly Program[],
): Promise<string> {
  const id = `job_${String(number).padStart(26, '0')}`
  const draw = cluster.random()
  const folder = draw > 0.2 && draw < 0.5 ? folders[Math.floor(cluster.random() * folders.length)] : undefined
  const bound = programs[Math.floor(cluster.random() * programs.length)]
  const message = creation(
    id,
    {
      priority: Math.floor(cluster.random() * 100),
      retry: { firstMs: 200, maxMs: 2_000 },
      timeouts: {
        stallMs: draw < 0.5 ? 3_000 : 0,
        attemptMs: draw < 0.2 ? 5_000 : 0,
        ...(draw > 0.9 && { deadlineMs: 5_000 }),
        ...(draw > 0.8 && { queueMs: 4_000 }),
      },
      ...(draw < 0.2 && bound && { agent: bound.id }),
      ...(draw > 0.6 && draw < 0.75 && { capabilities: [special] }),
      ...(draw > 0.75 && draw < 0.8 && { notBefore: cluster.database.now() + 3_000 }),
      ...(folder && { params: { path: folder.path } }),
    },
    { at: cluster.database.now(), seq: number, place: folder?.place ?? null },
  )
  const early = announced(id, message.input as Parameters<typeof announced>[1])
  if (early && cluster.random() < 0.5) await cluster.send(early)
  await cluster.ask(message)
  return id
}

/** What people do meanwhile. */
async function meddle(
  cluster: SimulatedCluster,
  jobs: readonly string[],
  programs: readonly Program[],
): Promise<void> {
  const some = <T>(all: readonly T[]) => all[Math.floor(cluster.random() * all.length)] as T
  const [id, { id: who }, draw] = [some(jobs), some(programs), cluster.random()]
  if (draw < 0.1) await settle(cluster, job.at(id).cancel({ by: user, reason: null }))
  else if (draw < 0.15) await settle(cluster, job.at(id).change({ by: user, priority: 90 }))
  else if (draw < 0.2) await settle(cluster, agent.at(who).pause({ by: user, forMs: 2_000 }))
  else if (draw < 0.25) await settle(cluster, agent.at(who).cordon({ by: user }))
  else if (draw < 0.35) await settle(cluster, agent.at(who).resume({ by: user }))
}

/** A refusal is an answer too. */
async function settle(cluster: SimulatedCluster, message: Message): Promise<void> {
  try {
    await cluster.ask(message)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
  }
}
