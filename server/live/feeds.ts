/** The feeds of this node: one per team and one per job that somebody watches, kept for a while after the last has left. */
import type { Log } from '#runtime/index.ts'
import type { Reads } from '../fleet/reads.ts'
import { type Bus, topicOf } from './bus.ts'
import { JobFeed } from './job-feed.ts'
import type { Interest } from './line.ts'
import { TeamFeed } from './team-feed.ts'

interface Kept<Feed> {
  readonly feed: Feed
  readonly interest: Interest
  idleSince: number | null
}

const lingerMs = 60_000
const tidyMs = 10_000

export class Feeds {
  readonly #bus: Bus
  readonly #reads: Reads
  readonly #log: Log
  readonly #teams = new Map<string, Kept<TeamFeed>>()
  readonly #jobs = new Map<string, Kept<JobFeed>>()
  readonly #quits: (() => void)[]
  readonly #tidying: NodeJS.Timeout

  constructor(bus: Bus, reads: Reads, log: Log) {
    this.#bus = bus
    this.#reads = reads
    this.#log = log
    this.#quits = [
      bus.on('agent', ({ team, id, agent }) => this.#teams.get(team)?.feed.agentChanged(id, agent)),
      bus.on('job', ({ team, job }) => {
        this.#teams.get(team)?.feed.jobChanged(job)
        this.#jobs.get(keyOf(team, job.id))?.feed.changed()
      }),
    ]
    this.#tidying = setInterval(() => this.#tidy(), tidyMs)
  }

  /** Resolves when the other nodes know that their news of it is wanted: what is read from then on is not outrun. */
  async team(team: string): Promise<TeamFeed> {
    const { feed, interest } = kept(this.#teams, team, () => ({
      feed: new TeamFeed(team, this.#reads, this.#log),
      interest: this.#bus.interest(topicOf.team(team)),
      idleSince: null,
    }))
    await interest.known
    return feed
  }
  async job(team: string, job: string): Promise<JobFeed> {
    const { feed, interest } = kept(this.#jobs, keyOf(team, job), () => ({
      feed: new JobFeed(team, job, this.#reads, this.#log),
      interest: this.#bus.interest(topicOf.job(job)),
      idleSince: null,
    }))
    await interest.known
    return feed
  }

  /** Nobody's count holds any more: whoever watches starts afresh. */
  forgetAll(): void {
    for (const feeds of [this.#teams, this.#jobs]) for (const key of feeds.keys()) drop(feeds, key)
  }

  stop(): void {
    clearInterval(this.#tidying)
    for (const quit of this.#quits) quit()
    this.forgetAll()
  }

  #tidy() {
    const now = performance.now()
    for (const feeds of [this.#teams, this.#jobs] as Map<string, Kept<TeamFeed | JobFeed>>[])
      for (const [key, entry] of feeds) {
        if (entry.feed.watched) entry.idleSince = null
        else if (entry.idleSince === null) entry.idleSince = now
        else if (now - entry.idleSince > lingerMs) drop(feeds, key)
      }
  }
}

function kept<Feed>(feeds: Map<string, Kept<Feed>>, key: string, make: () => Kept<Feed>): Kept<Feed> {
  const known = feeds.get(key)
  if (known) {
    known.idleSince = null
    return known
  }
  const made = make()
  feeds.set(key, made)
  return made
}

type Droppable = Pick<Map<string, Kept<{ stop(): void }>>, 'get' | 'delete'>
function drop(feeds: Droppable, key: string) {
  const entry = feeds.get(key)
  entry?.feed.stop()
  entry?.interest.end()
  feeds.delete(key)
}

function keyOf(team: string, job: string): string {
  return `${team} ${job}`
}
