import { fullMailbox } from './admission.ts'
import { burying, letting, puttingOff } from './chores.ts'
import type { Coordinator } from './coordinator.ts'
import { Unavailable } from './errors.ts'
import type { Host } from './host.ts'
import type { Received } from './mailbox.ts'
import { type Answer, type Deferred, type Mail, resumeType } from './message.ts'
import type { Store } from './ports.ts'
import type { Resident } from './resident.ts'
import type { Residents } from './residents.ts'

export interface DeliveryParts {
  readonly host: Host
  readonly store: Store
  readonly residents: Residents
  readonly coordinator: Coordinator
  /** Runs a task on the pool. */
  offload(task: string, input: unknown): Promise<unknown>
  failed(error: unknown): Promise<void>
}

/** A request whose earlier answer is being looked up. */
interface Asked {
  readonly resident: Resident
  readonly received: Received
  readonly admitted: boolean
  readonly era: number
}

/** Brings messages into mailboxes, whatever way they came. */
export class Delivery {
  readonly #parts: DeliveryParts
  readonly #asked: Asked[] = []
  readonly #tasks: (() => Promise<void>)[] = []
  #tasksRunning = 0

  constructor(parts: DeliveryParts) {
    this.#parts = parts
  }

  /** `admitted`: it has its place in the mailbox, however full that is. */
  mail(mail: Mail, admitted: boolean) {
    const received: Received = { mail, source: 'mail', attempts: [], timer: null }
    const { host, coordinator } = this.#parts
    const { due, offload } = mail.rare ?? {}
    if (due !== undefined && due > host.now()) coordinator.add(puttingOff(host, received, due, 'delay'))
    // Its task is run again: it was a dead letter, or the mail of an actor that was parked.
    else if (offload) coordinator.add(puttingOff(host, received, host.now(), 'offload'))
    else this.#deliver(received, admitted)
  }

  ask(mail: Mail) {
    this.#deliver({ mail, source: 'ask', attempts: [], timer: null }, false)
  }

  /** A put-off message or a timer whose time has come. */
  deferred(deferred: Deferred) {
    const timer =
      deferred.name === null && deferred.repeat === null
        ? null
        : { name: deferred.name, repeat: deferred.repeat }
    const received: Received = { mail: deferred, source: 'deferred', attempts: deferred.attempts, timer }
    if (deferred.rare?.offload) this.#offload(received, deferred.rare.offload)
    else this.#deliver(received, true)
  }

  /** A message that waits for another attempt holds back its sender's lane, also after a move. */
  hold(retry: Deferred) {
    const resident = this.#residentOf(retry)
    if (resident && retry.sender !== null) resident.mailbox.hold(retry.sender, retry, retry.name)
  }

  #deliver(received: Received, admitted: boolean) {
    const { mail } = received
    const resident = this.#residentOf(mail)
    if (!resident) return this.#bury(received, 'unknown_kind', `no kind '${mail.kind}' is known here`)
    if (mail.rare?.requestId !== undefined) return this.#askedBefore(resident, received, admitted)
    this.#push(resident, received, admitted)
  }

  #push(resident: Resident, received: Received, admitted: boolean) {
    if (!admitted && received.mail.type !== resumeType && this.#isFull(resident))
      return this.#overflow(resident, received)
    resident.mailbox.push(received)
    this.#parts.coordinator.ready(resident)
  }

  #isFull({ kind, address }: Resident): boolean {
    return this.#parts.host.admission.isFull(kind, address)
  }

  #residentOf(mail: Mail): Resident | undefined {
    const kind = this.#parts.host.kinds.get(mail.kind)
    return kind && this.#parts.residents.of(kind, mail.key, mail.shard)
  }

  /** Whoever waits for an answer is told; what nobody waits for becomes a dead letter. */
  #overflow({ kind, address }: Resident, received: Received) {
    const { host, coordinator } = this.#parts
    const message = fullMailbox(kind, address)
    const answer: Answer = { ok: false, error: 'refused', code: 'mailbox_full', message }
    const replyTo = received.mail.rare?.replyTo
    if (!replyTo) this.#bury(received, 'mailbox_full', message)
    else if (received.source === 'ask') host.answer(replyTo.ask, answer)
    else coordinator.add(letting(host, received, answer))
  }
  #bury(received: Received, cause: 'unknown_kind' | 'mailbox_full', reason: string) {
    this.#parts.coordinator.add(burying(this.#parts.host, received, cause, reason))
  }

  /** A repeated request is answered, not run again: looks up all that arrived together. */
  #askedBefore(resident: Resident, received: Received, admitted: boolean) {
    this.#asked.push({ resident, received, admitted, era: this.#parts.host.eraOf(resident.shard) })
    if (this.#asked.length === 1) queueMicrotask(() => void this.#lookUp())
  }
  async #lookUp(): Promise<void> {
    const asked = this.#asked.splice(0)
    try {
      const answers = await this.#parts.store.readAnswers(
        asked.map(({ received }) => received.mail.rare?.requestId as string),
      )
      const known = new Map(answers.map(({ requestId, answer }) => [requestId, answer]))
      for (const each of asked)
        this.#deliverAsked(each, known.get(each.received.mail.rare?.requestId as string))
    } catch (error) {
      await this.#parts.failed(error)
      // Only what passes is tried again; an ask that can't be looked up runs into its deadline.
      if (error instanceof Unavailable) this.#asked.unshift(...asked)
      if (this.#asked.length > 0) await this.#lookUp()
    }
  }
  #deliverAsked(
    { resident: { kind, key, shard }, received, admitted, era }: Asked,
    answer: string | undefined,
  ) {
    if (this.#parts.host.eraOf(shard) !== era) {
      // The shard was read anew meanwhile, and a stored message with it.
      if (received.source === 'ask') this.#parts.host.reroute(received)
      return
    }
    const resident = this.#parts.residents.of(kind, key, shard)
    // What was answered before takes no place: it is let go without a turn.
    if (answer !== undefined) this.#push(resident, { ...received, known: JSON.parse(answer) }, true)
    else this.#push(resident, received, admitted || this.#answeredLately(received))
  }

  #answeredLately({ mail }: Received): boolean {
    return this.#parts.host.answers.get(mail.rare?.requestId as string) !== undefined
  }

  /** Runs a task on the pool, then delivers its result; the row stays until the result is handled. */
  #offload(received: Received, { task, input }: { task: string; input: unknown }) {
    const { shard } = received.mail
    const era = this.#parts.host.eraOf(shard)
    this.#tasks.push(async () => {
      const result = await this.#parts.offload(task, input).then(
        (value) => ({ body: JSON.stringify(value) ?? 'null' }),
        (error: unknown) => ({ error }),
      )
      if (this.#parts.host.eraOf(shard) === era) this.#deliver({ ...received, result }, true)
    })
    void this.#runTasks()
  }
  async #runTasks() {
    if (this.#tasksRunning >= this.#parts.host.settings.offloadsMax) return
    this.#tasksRunning++
    for (let task = this.#tasks.shift(); task; task = this.#tasks.shift()) await task()
    this.#tasksRunning--
  }
}
