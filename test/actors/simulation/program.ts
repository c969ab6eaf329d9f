/**
 * An agent program, as its gateway would speak for it, in a simulated cluster: it dials, takes what it is offered, works,
 * and dies, takes its leave, is cut off, starts anew, repeats itself and says what is no longer true.
 */
import { agent, finishing, job } from '#actors/index.ts'
import type { AgentRecord } from '#actors/agent/state.ts'
import type { JobRecord } from '#actors/job/state.ts'
import type { Message } from '#runtime/message.ts'
import { Refused } from '#runtime/index.ts'
import type { SimulatedCluster } from '#runtime/testing/simulate.ts'
import { facts } from '../fleet.ts'

/** How it behaves in the safety phase; in the liveness phase it does what it is told. */
export interface Manners {
  wild: boolean
}

interface Running {
  readonly job: string
  readonly attempt: number
  started: boolean
  steps: number
  stopAt: number | null
}

const tickMs = 150
const stopMaxMs = 1_500

export class Program {
  readonly id: string
  readonly #cluster: SimulatedCluster
  readonly #manners: Manners
  readonly #slots: number
  readonly #abilities: readonly string[]
  readonly #roots: readonly string[]
  readonly #said: Message[] = []
  /** Offers that it has answered or let pass. */
  readonly #seen = new Set<string>()
  #running: Running[] = []
  #boot = 1
  #connection = 0
  #connected = false
  #ending = false
  /** Cut off or dead until then. */
  #awayUntil = 0

  constructor(
    id: string,
    cluster: SimulatedCluster,
    manners: Manners,
    given: { slots: number; abilities: readonly string[]; roots: readonly string[] },
  ) {
    this.id = id
    this.#cluster = cluster
    this.#manners = manners
    this.#slots = given.slots
    this.#abilities = given.abilities
    this.#roots = given.roots
  }

  /** Lives until the given promise says that all is over. */
  async live(over: () => boolean): Promise<void> {
    while (!over()) {
      await this.#cluster.sleep(tickMs * (0.5 + this.#random()))
      this.#endStopped()
      if (this.#now < this.#awayUntil) continue
      await this.#mishap()
      if (this.#now < this.#awayUntil) continue
      if (!this.#connected || this.#me?.connection?.id !== this.#connectionId || this.#mustTellRoots)
        await this.#hello()
      else {
        // Presence compares what was heard with what the agent's actor believes.
        if (this.#me?.liveness !== 'healthy') await this.#say(agent.at(this.id).heard({ load: null }))
        await this.#work()
      }
    }
  }

  get #now() {
    return this.#cluster.database.now()
  }
  #random() {
    return this.#cluster.random()
  }
  #chance(of: number) {
    return this.#manners.wild && this.#random() < of
  }
  /** What the server knows of it. Its gateway would close a connection that does not count any more. */
  get #me() {
    return this.#cluster.state<{ agent: AgentRecord }>({ kind: 'agent', key: this.id })?.agent
  }
  get #facts() {
    // What it looks into first is not all.
    const roots = this.#looksIntoAll ? this.#roots : this.#roots.slice(0, 1)
    return facts({ slots: this.#slots, capabilities: [...this.#abilities], roots: [...roots] })
  }
  get #looksIntoAll() {
    return this.#boot > 1 || !this.#manners.wild
  }
  get #mustTellRoots() {
    return this.#looksIntoAll && this.#me?.facts.roots.length !== this.#roots.length
  }

  #note(what: string, facts = ''): void {
    this.#cluster.world.trace.add('program', what, `agent/${this.id}`, facts)
  }

  /** Says it, maybe twice, and maybe again much later. */
  async #say<Reply>(message: Message<Reply>): Promise<Reply | undefined> {
    this.#said.push(message)
    this.#note(`says ${message.type}`, `to ${message.key} ${JSON.stringify(message.input).slice(0, 120)}`)
    try {
      const answer = await this.#cluster.ask(message)
      return this.#chance(0.1) ? await this.#cluster.ask(message) : answer
    } catch (error) {
      if (error instanceof Refused) return undefined
      throw error
    }
  }

  async #mishap(): Promise<void> {
    if (this.#chance(0.02)) return this.#die()
    if (this.#connected && this.#chance(0.02)) return this.#leave()
    if (this.#connected && this.#chance(0.02)) {
      this.#ending = true
      await this.#say(agent.at(this.id).ends({ connection: this.#connectionId }))
    }
    if (this.#ending && this.#running.length === 0) return this.#leave()
    if (this.#connected && this.#chance(0.03)) return this.#cutOff()
    if (this.#connected && this.#chance(0.02)) return this.#fallSilent()
    const old = this.#said[Math.floor(this.#random() * this.#said.length)]
    if (old && this.#chance(0.05)) await this.#say(old)
  }

  async #die(): Promise<void> {
    this.#running = []
    this.#ending = false
    this.#boot += 1
    await this.#hangUp('the program has ended')
    this.#awayUntil = this.#now + this.#random() * 4_000
  }
  /** With or without having finished what it had. */
  async #leave(): Promise<void> {
    this.#running = []
    this.#ending = false
    this.#connected = false
    await this.#say(agent.at(this.id).left({ connection: this.#connectionId, running: [] }))
    this.#boot += 1
    this.#awayUntil = this.#now + this.#random() * 4_000
  }
  /** Its work goes on. */
  async #cutOff(): Promise<void> {
    await this.#hangUp('the network is gone')
    this.#awayUntil = this.#now + this.#random() * 6_000
  }
  async #fallSilent(): Promise<void> {
    const level = this.#random() < 0.5 ? 'unhealthy' : 'offline'
    await this.#say(agent.at(this.id).silent({ level, ageMs: 90_000 }))
    if (level === 'offline') this.#connected = false
    else await this.#say(agent.at(this.id).heard({ load: null }))
  }
  async #hangUp(reason: string): Promise<void> {
    if (!this.#connected) return
    this.#connected = false
    await this.#say(agent.at(this.id).disconnected({ connection: this.#connectionId, reason }))
  }
  get #connectionId() {
    return `connection-${this.#connection}`
  }

  async #hello(): Promise<void> {
    this.#connection += 1
    const running = this.#running.map(({ job: id, attempt }) => ({ job: id, attempt }))
    const welcome = await this.#say(
      agent.at(this.id).connected({
        server: 'server-1',
        connection: this.#connectionId,
        boot: `boot-000${this.#boot}`,
        ip: null,
        userAgent: null,
        facts: this.#facts,
        running,
        at: this.#now,
      }),
    )
    if (!welcome) return
    this.#connected = true
    const kept = ({ job: id, attempt }: Running) =>
      welcome.keep.some((other) => other.job === id && other.attempt === attempt)
    for (const running of this.#running) if (!kept(running)) this.#stopSoon(running)
  }

  async #work(): Promise<void> {
    for (const [id, record] of this.#offers()) await this.#consider(id, record)
    for (const running of [...this.#running]) {
      if (this.#mustStop(running)) this.#stopSoon(running)
      if (running.stopAt === null) await this.#goOn(running)
    }
  }

  *#offers(): Generator<[string, JobRecord]> {
    for (const { key, state } of this.#cluster.database.actorsIn('product.job').values()) {
      const { job: record } = JSON.parse(state) as { job: JobRecord | null }
      const { holder } = record ?? {}
      if (record?.state !== 'offered' || holder?.agent !== this.id) continue
      if (!this.#seen.has(`${key} ${holder.attempt}`)) yield [key, record]
    }
  }

  async #consider(id: string, { attempt }: JobRecord): Promise<void> {
    this.#seen.add(`${id} ${attempt}`)
    if (this.#chance(0.1)) return
    const word = { agent: this.id, attempt }
    // One that is being stopped has its thread still.
    const busy = this.#running.length >= this.#slots || this.#ending
    if (busy || this.#chance(0.1))
      return void (await this.#say(job.at(id).decline({ ...word, reason: 'not now' })))
    // It counts as run from the moment it is accepted, whatever becomes of the answer.
    const running: Running = { job: id, attempt, started: false, steps: 0, stopAt: null }
    this.#running.push(running)
    const answer = await this.#say(job.at(id).accept(word))
    if (!answer?.accepted) this.#drop(running)
  }

  async #goOn(running: Running): Promise<void> {
    const { job: id, attempt } = running
    const word = { agent: this.id, attempt }
    if (!running.started) {
      running.started = true
      if (!this.#chance(0.2)) return this.#heed(running, await this.#say(job.at(id).started(word)))
    }
    running.steps += 1
    if (this.#chance(0.02)) return
    if (running.steps < 3 && !this.#chance(0.2)) {
      const progress = { stage: 'work', done: running.steps, total: null, current: null, message: null }
      return this.#heed(running, await this.#say(job.at(id).alive({ ...word, progress })))
    }
    await this.#finish(running)
  }

  async #finish(running: Running): Promise<void> {
    const { job: id, attempt } = running
    const draw = this.#manners.wild ? this.#random() : 1
    const outcome = draw < 0.25 ? 'failed' : draw < 0.3 ? 'cancelled' : 'completed'
    const classes = ['retriable', 'fatal', 'crashed', 'timeout', 'lost'] as const
    const failure = classes[Math.floor(this.#random() * classes.length)] ?? 'retriable'
    this.#drop(running)
    const pad = this.#random() < 0.3 ? 'much '.repeat(2_000) : ''
    await this.#say(
      finishing(id, {
        agent: this.id,
        attempt,
        outcome,
        output: outcome === 'completed' ? { by: this.id, attempt, pad } : null,
        error: outcome === 'failed' ? { class: failure, message: 'it failed' } : null,
        frames: running.steps,
      }),
    )
  }

  /** A word that does not count means that the work is in vain. */
  #heed(running: Running, answer: { accepted: boolean } | undefined): void {
    if (answer?.accepted === false) this.#stopSoon(running)
  }

  /** It was told so: the job is being cancelled, or the agent's slot is. */
  #mustStop({ job: id, attempt }: Running): boolean {
    const record = this.#cluster.state<{ job: JobRecord }>({ kind: 'job', key: id })?.job
    if (record?.state === 'cancelling' && record.holder?.attempt === attempt) return !this.#chance(0.3)
    return (
      this.#me?.held.some((held) => held.job === id && held.attempt === attempt && held.stopping) === true &&
      !this.#chance(0.3)
    )
  }

  #stopSoon(running: Running): void {
    running.stopAt ??= this.#now + this.#random() * stopMaxMs
  }
  #endStopped(): void {
    for (const running of this.#running.filter(({ stopAt }) => stopAt !== null && stopAt <= this.#now)) {
      this.#drop(running)
      void this.#say(
        job.at(running.job).finish({
          agent: this.id,
          attempt: running.attempt,
          outcome: 'cancelled',
          output: null,
          error: null,
          frames: running.steps,
        }),
      )
    }
  }
  #drop(running: Running): void {
    this.#note('drops', `${running.job} ${running.attempt}`)
    this.#running = this.#running.filter((other) => other !== running)
  }
}
