/** What a team has under way, by an agent on a socket: jobs in every state that lasts, each with the team's mark in it. */
import type { RunningAttempt } from '#specs/agents.ts'
import type { Border } from '../../server/link/border.ts'
import type { TestAgent } from '../../server/link/test-agent.ts'
import { TestPage } from '../../server/live/test-page.ts'
import type { Person } from '../../support/rest.ts'
import type { TeamName } from '../callers.ts'
import { delivered } from '../rows.ts'
import type { Stage } from '../stage.ts'
import type { Named } from './words.ts'

export interface SocketStage {
  readonly border: Border
  readonly stage: Stage
  readonly work: Readonly<Record<TeamName, Work>>
}

const nobodys = ['tool:nobody.does:1']

export class Work {
  readonly mark: string
  readonly worker: TestAgent
  /** All that it has made. */
  readonly ids: string[] = []
  readonly #border: Border
  readonly #admin: Person
  #lasting: readonly string[] = []
  #running: RunningAttempt | undefined
  #position: Named['position'] = { epoch: '', version: 0 }
  #told = 0

  private constructor(border: Border, team: TeamName, admin: Person, worker: TestAgent) {
    this.mark = `canary-${team}`
    this.worker = worker
    this.#border = border
    this.#admin = admin
    this.ids.push(worker.id)
  }

  static async begin(on: Omit<SocketStage, 'work'>, team: TeamName) {
    const { border, stage } = on
    const { admins, theirs } = stage
    const admin = admins[team]
    // Anybody could take it, and its agent would have no room for what it is meant to have.
    await admin.api.ok('cancelJob', { params: { job: theirs[team].job }, body: {} })
    const worker = await border.agent({ api: admin.api, name: `canary-${team}`, facts: { slots: 3 } })
    const work = new Work(border, team, admin, worker)
    await work.#fill()
    await settled(on)
    await work.#look()
    return work
  }

  /** The attempt that its agent is at. */
  get running(): RunningAttempt {
    if (!this.#running) throw new Error('nothing has been begun')
    return this.#running
  }
  /** What a page may name of it, with a job in each state that lasts. */
  get named(): Named[] {
    return this.#lasting.map((job) => ({ job, agent: this.worker.id, position: this.#position }))
  }

  /** A job from its submission to its end, one more that waits, and what the running one tells. Returns the first. */
  async goOn(): Promise<string> {
    await this.#submit({ capabilities: nobodys })
    await this.#tell()
    const job = await this.#submit({ agent: this.worker.id })
    await this.worker.finish(await this.worker.run(), { output: this.mark })
    return job
  }

  async #fill() {
    await this.#submit({ agent: this.worker.id })
    this.#running = await this.worker.run()
    await this.goOn()
    // It stays an offer: there is time to accept it.
    await this.#submit({ agent: this.worker.id })
    await this.worker.offer()
    this.#lasting = this.ids.filter((id) => id.startsWith('job_'))
  }

  async #look() {
    const page = new TestPage(this.#border.server.url, this.#admin.api.proof)
    this.#position = (await page.watch<'jobs'>({ topic: 'jobs' })).at
    page.close()
  }

  /** What the running attempt tells. Its job hears later that it is alive, which is waited for. */
  async #tell() {
    const seq = ++this.#told
    const text = `${this.mark} ${seq}`
    const before = await this.#aliveAt()
    await this.worker.frames(this.running, [{ type: 'log', seq, at: 1, level: 'info', text }])
    await this.#border.until(async () => (await this.#aliveAt()) > before)
  }

  async #aliveAt(): Promise<number> {
    const [row] = await this.#border.sql<{ at: number }>(
      `select (state #>> '{job,aliveAt}')::float8 as at from job where key = $1`,
      [this.running.job],
    )
    return row?.at ?? 0
  }

  async #submit(given: object): Promise<string> {
    const body = { tool: 'selftest.echo', params: { say: this.mark }, ...given }
    const { id } = await this.#admin.api.ok('submitJob', { body })
    this.ids.push(id)
    return id
  }
}

/** Whatever was said so far has been worked on and written down: nothing changes by itself any more. */
export async function settled({ border, stage }: Omit<SocketStage, 'work'>): Promise<void> {
  const writtenAt = async () => {
    const [clock] = await border.sql<{ at: number }>('select ran_at as at from presence_clock')
    return clock?.at ?? 0
  }
  // What was heard before now is written by the second statement from now on at the latest.
  for (let time = 0; time < 2; time++) {
    const before = await writtenAt()
    await border.until(async () => (await writtenAt()) > before)
  }
  await delivered(stage.ground.pool)
}
