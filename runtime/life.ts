/**
 * One incarnation of a node, from joining to its end: everything in it is void once it is fenced,
 * and a new life begins with empty memory.
 */
import { Admission } from './admission.ts'
import type { Asks } from './asks.ts'
import { settling } from './chores.ts'
import { type Backoff, Committer } from './committer.ts'
import { Coordinator } from './coordinator.ts'
import type { Kind } from './definition.ts'
import { DeferredWindow } from './deferred-window.ts'
import { Delivery } from './delivery.ts'
import { OutcomeUnknown, reasonOf, Unavailable } from './errors.ts'
import type { Events } from './events.ts'
import type { Item } from './group.ts'
import { HandOver, type HandOverParts } from './hand-over.ts'
import type { Host } from './host.ts'
import { Intake } from './intake.ts'
import type { Log } from './log.ts'
import { Membership } from './membership.ts'
import type { Mail } from './message.ts'
import { Notifier } from './notifier.ts'
import type { Clock, Outgoing, Scheduler, Store, Sweep, Wake, WakeCall } from './ports.ts'
import { Posted } from './posted.ts'
import { RecentAnswers } from './recent-answers.ts'
import { jittered } from './random.ts'
import { Reloads } from './reloads.ts'
import type { Resident } from './resident.ts'
import { Residents } from './residents.ts'
import { Runner } from './runner.ts'
import { type Sending, SendItem } from './send-item.ts'
import type { Settings } from './settings.ts'
import { SqlTurns } from './sql-turns.ts'
import { Suspects } from './suspects.ts'

export interface LifeParts {
  readonly kinds: ReadonlyMap<string, Kind>
  readonly store: Store
  readonly wake: Wake
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: () => number
  readonly settings: Settings
  readonly log: Log
  readonly events: Events
  readonly asks: Asks
  offload(task: string, input: unknown): Promise<unknown>
  /** This life is over: start another. */
  fenced(error: Error): void
}
type Joined = Awaited<ReturnType<Store['join']>>

const backoffFirstMs = 20
const backoffMaxMs = 1_000
const passivateLooks = 2_000

export class Life {
  readonly incarnation: number
  readonly shards: number
  readonly residents: Residents
  readonly admission: Admission
  readonly coordinator: Coordinator
  readonly committer: Committer
  readonly intake: Intake
  readonly window: DeferredWindow
  readonly membership: Membership
  readonly notifier: Notifier
  readonly runner: Runner
  readonly suspects: Suspects
  readonly #parts: LifeParts
  readonly #host: Host
  readonly #delivery: Delivery
  readonly #sqlTurns: SqlTurns
  readonly #answers = new RecentAnswers()
  readonly #moves: { readonly handOver: HandOver; readonly posted: Posted; readonly reloads: Reloads }
  /** The database's clock less this process's. */
  #clockOffset: number
  /** When shards were taken over from a node that had died. */
  readonly #crashedAt = new Map<number, number>()
  #over = false
  #tidiedAt: number

  constructor(parts: LifeParts, joined: Joined) {
    const { store, clock, settings, scheduler } = parts
    this.#parts = parts
    this.incarnation = joined.incarnation
    this.shards = joined.shards
    this.#clockOffset = joined.now - clock.now()
    this.#tidiedAt = clock.now() + settings.tidyMs * parts.random()
    const failed = (error: unknown) => this.#passing(error)
    this.notifier = new Notifier(parts.wake, clock, settings.notifyPerSecond, settings.notifyBurst)
    this.window = new DeferredWindow({
      store,
      clock,
      max: settings.deferredMax,
      dbNow: () => this.now(),
      fire: (deferred) => this.#fire(deferred),
      failed,
    })
    this.residents = new Residents(store, (residents) => this.#awake(residents), failed)
    this.admission = new Admission(this.residents)
    this.#host = this.#makeHost()
    this.#sqlTurns = new SqlTurns(settings.sqlTurnsMax)
    this.committer = new Committer(store, this.incarnation, this.#backoff)
    this.runner = new Runner({
      host: this.#host,
      store,
      clock,
      residents: this.residents,
      sqlTurns: this.#sqlTurns,
      ended: (resident) => this.suspects.ended(resident),
    })
    this.coordinator = new Coordinator({
      host: this.#host,
      committer: this.committer,
      sqlTurns: this.#sqlTurns,
      run: (resident) => this.runner.run(resident),
      soon: (task) => scheduler.soon(task),
      committed: () => this.#committed(),
      fenced: (error) => this.#fenced(error),
    })
    this.runner.coordinator = this.coordinator
    this.#delivery = new Delivery({
      host: this.#host,
      store,
      residents: this.residents,
      coordinator: this.coordinator,
      offload: (task, input) => parts.offload(task, input),
      failed,
    })
    this.suspects = new Suspects({
      host: this.#host,
      clock,
      coordinator: this.coordinator,
      runner: this.runner,
      rouse: (resident) => this.residents.roused(resident),
    })
    this.intake = this.#makeIntake()
    this.#moves = this.#makeMoves()
    this.membership = this.#makeMembership()
  }

  /** The time on the database's clock. */
  now() {
    return Math.round(this.#parts.clock.now() + this.#clockOffset)
  }
  get over() {
    return this.#over
  }

  start() {
    this.membership.sweep()
  }
  woken(call: WakeCall) {
    if (this.#over) return
    if (call.about === 'topology') this.membership.sweep()
    else this.intake.woken(call.shards)
  }
  /** The LISTEN link is up again: whatever was said meanwhile is found by a sweep. */
  listening() {
    if (!this.#over) this.membership.sweep()
  }

  send(sending: Sending, sent: () => void, failed: (error: Error) => void) {
    this.coordinator.add(new SendItem(this.#host, sending, sent, failed))
  }
  add(item: Item) {
    this.coordinator.add(item)
  }
  get host() {
    return this.#host
  }
  /** An ask to an actor of this node: no row is written for it. */
  ask(mail: Mail) {
    this.#delivery.ask(mail)
  }

  /** Hands all shards over, and leaves in good order. */
  async leave(drain: boolean) {
    if (drain) await this.membership.drain()
    else await this.coordinator.flushed()
    this.end()
    await this.#parts.store.leave({ incarnation: this.incarnation }).catch(() => {})
    this.notifier.topology()
    this.notifier.stop()
  }

  /** Ends at once: what is not committed is void. */
  end() {
    if (this.#over) return
    this.#over = true
    const { inFlight, open } = this.coordinator.stop()
    this.membership.stop()
    this.intake.stop()
    this.window.stop()
    this.suspects.stop()
    this.#sqlTurns.abandonFinished()
    this.residents.drop(() => true)
    const unknown = new OutcomeUnknown('the node ended while the message was being committed')
    for (const item of inFlight) if (item instanceof SendItem) item.abandon(unknown)
    const nothing = new Unavailable('the node ended before the message was committed')
    for (const item of open) if (item instanceof SendItem) item.abandon(nothing)
  }

  #fenced(error: Error) {
    if (this.#over) return
    this.#parts.fenced(error)
  }

  #makeHost(): Host {
    const { settings, kinds, log, random, events, asks } = this.#parts
    return {
      incarnation: this.incarnation,
      shards: this.shards,
      kinds,
      settings,
      window: this.window,
      log,
      random,
      answers: this.#answers,
      now: () => this.now(),
      owns: (shard) => this.intake.owns(shard),
      eraOf: (shard) => this.intake.eraOf(shard),
      reroute: (received) => this.#moves.handOver.reroute(received),
      admission: this.admission,
      handOver: (mail: Outgoing, admitted = false) => {
        if (!this.intake.own(mail, admitted)) this.notifier.mail(mail.shard)
      },
      answer: (ask, answer) => asks.answer(ask, answer),
      ready: (resident) => this.coordinator.ready(resident),
      putBack: (resident, messages) => {
        resident.mailbox.putBack(messages)
        this.coordinator.ready(resident)
      },
      reload: (shard) => void this.#moves.reloads.reload(shard),
      heard: () => events.heard,
      emit: (event) => events.emit(event),
    }
  }

  /** What brings shards and mail in and out of memory in other ways than by turns. */
  #makeMoves() {
    const { clock, settings, asks, store, log } = this.#parts
    const { intake, coordinator, window, residents } = this
    const send: HandOverParts['send'] = (sending, sent, fail) => this.send(sending, sent, fail)
    const over = () => this.#over
    const stays = () => !this.#over && !this.membership.draining
    const again = () => this.membership.sweep()
    const giveUp = (shards: readonly number[]) => this.#giveUp(shards)
    const memory = { intake, residents, coordinator, window }
    return {
      handOver: new HandOver({ ...memory, clock, stopMs: settings.stopMs, asks, send, over }),
      posted: new Posted({ store, intake, coordinator, log, send, again }),
      reloads: new Reloads({ clock, intake, stays, handOver: giveUp }),
    }
  }

  #makeIntake(): Intake {
    const { store, settings } = this.#parts
    const parts = {
      store,
      incarnation: this.incarnation,
      readMax: settings.readMax,
      windowMax: settings.windowMax,
      waiting: () => this.residents.load.waiting,
      deliver: (mail: Mail, admitted: boolean) => this.#delivery.mail(mail, admitted),
      letter: (mail: Mail) => this.#letter(mail),
      hold: (retry: Parameters<Delivery['hold']>[0]) => this.#delivery.hold(retry),
      crashed: (shards: readonly number[]) => this.#crashed(shards),
      opened: (shards: readonly number[]) => this.#opened(shards),
      failed: (error: unknown) => this.#passing(error),
    }
    return new Intake(parts)
  }

  #makeMembership(): Membership {
    const { store, clock, settings } = this.#parts
    return new Membership({
      store,
      clock,
      settings,
      incarnation: this.incarnation,
      shards: this.shards,
      owned: () => [...new Set([...this.intake.shards, ...this.#moves.reloads.shards])],
      movable: () => this.#movable(),
      positions: () => this.intake.positions,
      taken: (shards) => this.intake.take(shards),
      handOver: (shards) => this.#giveUp(shards),
      swept: (sweep, tookMs) => this.#swept(sweep, tookMs),
      changed: () => this.notifier.topology(),
      fenced: (error) => this.#fenced(error),
    })
  }

  #movable(): readonly number[] {
    if (this.suspects.underWay) return []
    return this.intake.openShards.filter((shard) => !this.#moves.reloads.shards.has(shard))
  }

  #committed() {
    this.notifier.flush()
    this.intake.drained()
  }

  #awake(residents: readonly Resident[]) {
    for (const resident of residents) this.coordinator.ready(resident)
  }
  #fire(deferred: Parameters<Delivery['deferred']>[0]) {
    if (!this.intake.isOpen(deferred.shard)) return this.window.again(deferred, backoffFirstMs)
    if (this.#beingCancelled(deferred)) return this.window.again(deferred, backoffFirstMs)
    this.#delivery.deferred(deferred)
    // It was due already when its shard's last owner died: it may be what killed it.
    if (deferred.due > (this.#crashedAt.get(deferred.shard) ?? Number.NEGATIVE_INFINITY)) return
    const resident = this.residents.find(`${deferred.kind}/${deferred.key}`)
    if (resident) this.suspects.examine([resident])
  }
  /** A turn that is not committed yet takes this timer back: its fate is open for a moment. */
  #beingCancelled({ kind, key, name }: { kind: string; key: string; name: string | null }) {
    return name !== null && this.residents.find(`${kind}/${key}`)?.cancelling(name) === true
  }

  #letter(mail: Mail) {
    const answer = mail.rare?.answer
    if (answer) this.#parts.asks.answer(Number(mail.key), answer)
    if (mail.sentAt > 0)
      this.coordinator.add(settling(this.#host, { mail, source: 'mail', attempts: [], timer: null }))
  }

  #crashed(shards: readonly number[]) {
    if (shards.length === 0) return
    const suspicious = new Set(shards)
    for (const shard of shards) this.#crashedAt.set(shard, this.now())
    const inFlight = this.residents
      .all()
      .filter(({ shard, mailbox }) => suspicious.has(shard) && mailbox.size > 0)
    this.suspects.examine([...inFlight])
  }

  #opened(shards: readonly number[]) {
    this.window.reset(this.intake.openShards)
    this.#parts.events.emit({ type: 'shards', owned: this.intake.shards.length })
    this.#parts.log.debug('shards opened', { shards: shards.length })
  }

  async #giveUp(shards: readonly number[]) {
    await this.#moves.handOver.handOver(shards)
    this.#parts.events.emit({ type: 'shards', owned: this.intake.shards.length })
  }

  #swept(sweep: Sweep, tookMs: number) {
    this.#clockOffset = sweep.now + tookMs / 2 - this.#parts.clock.now()
    if (sweep.mail) this.intake.found()
    this.intake.drained()
    if (sweep.posted) void this.#moves.posted.fetch()
    const { settings, clock } = this.#parts
    const slept = this.residents.passivate(
      clock.now() - settings.passivateMs,
      settings.residentsMax,
      passivateLooks,
    )
    if (slept > 0) this.#parts.events.emit({ type: 'asleep', actors: slept })
    if (clock.now() >= this.#tidiedAt) this.#tidy()
  }

  #tidy() {
    const { store, settings, clock, log, random } = this.#parts
    this.#tidiedAt = clock.now() + settings.tidyMs * (0.5 + random())
    const { historyMs, historyMaxBytes, answersMs } = settings
    this.#answers.age()
    store
      .tidy({ historyMs, historyMaxBytes, answersMs })
      .catch((error: unknown) => log.warn('tidying failed', { reason: reasonOf(error) }))
  }

  readonly #backoff: Backoff = (failures) =>
    new Promise((resolve) => {
      const ms = Math.min(backoffMaxMs, backoffFirstMs * 2 ** failures)
      this.#parts.clock.after(jittered(ms, 0.25, this.#parts.random), resolve)
    })

  #failuresInRow = 0
  /** A read failed: waits a little, and it is tried again. */
  async #passing(error: unknown) {
    if (!(error instanceof Unavailable)) this.#parts.log.warn('a read failed', { reason: reasonOf(error) })
    this.#failuresInRow = Math.min(this.#failuresInRow + 1, 6)
    await this.#backoff(this.#failuresInRow)
    this.#failuresInRow = 0
  }
}
