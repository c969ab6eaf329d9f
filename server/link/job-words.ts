/**
 * What one agent says to jobs. One that was neither offered to it here nor is held here is looked for among its team's first: another
 * team's would say that it is not there, but its turn would take its time, and that would tell.
 */
import type pg from 'pg'
import { finishing, job as jobs } from '#actors/index.ts'
import { findJob } from '#db/product/link.ts'
import type { Message, Node } from '#runtime/index.ts'
import type { Accepted, Finish } from '#specs/agent-link.ts'
import type { RunningAttempt } from '#specs/agents.ts'
import type { Progress } from '#specs/jobs.ts'
import { withTeam } from '../database/tenant.ts'
import type { Peer } from './transport.ts'

export interface JobWordsParts {
  readonly node: Pick<Node, 'ask'>
  /** Whether the team has such a job. */
  readonly hasJob: (team: string, job: string) => Promise<boolean>
}

export class JobWords {
  readonly #parts: JobWordsParts
  readonly #peer: Pick<Peer, 'agent' | 'team'>
  readonly #isIts: (attempt: RunningAttempt) => boolean

  constructor(
    parts: JobWordsParts,
    peer: Pick<Peer, 'agent' | 'team'>,
    isIts: (attempt: RunningAttempt) => boolean,
  ) {
    this.#parts = parts
    this.#peer = peer
    this.#isIts = isIts
  }

  accept({ job, attempt }: RunningAttempt): Promise<Accepted> {
    const { agent } = this.#peer
    return this.#say({ job, attempt }, jobs.at(job).accept({ agent, attempt }))
  }
  decline({ job, attempt }: RunningAttempt, reason: string): Promise<Accepted> {
    const { agent } = this.#peer
    return this.#say({ job, attempt }, jobs.at(job).decline({ agent, attempt, reason }))
  }
  started({ job, attempt }: RunningAttempt): Promise<Accepted> {
    const { agent } = this.#peer
    return this.#say({ job, attempt }, jobs.at(job).started({ agent, attempt }))
  }
  alive({ job, attempt }: RunningAttempt, progress: Progress | null): Promise<Accepted> {
    const { agent } = this.#peer
    return this.#say({ job, attempt }, jobs.at(job).alive({ agent, attempt, progress }))
  }
  finish({ job, output, error, ...rest }: Finish): Promise<Accepted> {
    const { agent } = this.#peer
    return this.#say(
      { job, attempt: rest.attempt },
      finishing(job, { ...rest, agent, output: output ?? null, error: error ?? null }),
    )
  }

  async #say(attempt: RunningAttempt, word: Message<Accepted>): Promise<Accepted> {
    const { node, hasJob } = this.#parts
    if (this.#isIts(attempt) || (await hasJob(this.#peer.team, attempt.job))) return node.ask(word)
    return { accepted: false, reason: `there is no job ${attempt.job}` }
  }
}

/** `pool`: on the schema of the product. */
export function jobFinder(pool: pg.Pool): JobWordsParts['hasJob'] {
  return async (team, job) =>
    (await withTeam(pool, team, (client) => findJob.run(client, team, job))).length > 0
}
