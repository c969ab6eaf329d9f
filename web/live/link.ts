/**
 * The one socket of the dashboard, kept up for ever: the library reconnects after a loss, and here is done what it
 * leaves undone, namely dialling again after a refusal or after the server has hung up.
 */
import {
  BehaviorSubject,
  EMPTY,
  fromEventPattern,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  share,
  Subject,
} from 'rxjs'
import { io, type Socket } from 'socket.io-client'
import * as z from 'zod'
import { dashboardNamespace, dashboardSays, type Delta, type JobFrames, serverTells } from '#specs/live.ts'
import { Problem } from '#specs/problem.ts'
import { serverNow } from '../api/server-clock.ts'
import { Trouble } from '../api/trouble.ts'

export type LinkState =
  /** Not wanted: nobody is signed in. */
  | { readonly kind: 'off' }
  | { readonly kind: 'connecting' }
  /** `connection` counts. */
  | { readonly kind: 'live'; readonly connection: number }
  | { readonly kind: 'cut'; readonly since: number }

export type Heard =
  | { readonly kind: 'delta'; readonly delta: Delta }
  | { readonly kind: 'frames'; readonly frames: z.infer<typeof JobFrames> }

const firstRetryMs = 250
const retryMaxMs = 2_000
const answerMs = 10_000

const Answered = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), problem: Problem }),
])

export class Link {
  readonly state$: Observable<LinkState>
  /** What the server tells without being asked, parsed. */
  readonly heard$: Observable<Heard>
  /** The session has ended, with the reason. */
  readonly signedOut$: Observable<string>
  /** Something came that this program does not understand: the server is newer. */
  readonly outdated$: Observable<boolean>

  readonly #socket: Socket
  readonly #state = new BehaviorSubject<LinkState>({ kind: 'off' })
  readonly #signedOut = new Subject<string>()
  readonly #outdated = new Subject<boolean>()
  #connections = 0
  #redial: ReturnType<typeof setTimeout> | undefined
  #redialMs = firstRetryMs

  /** `server` is empty for the page's own. */
  constructor(server = '', headers?: Readonly<Record<string, string>>) {
    this.#socket = io(`${server}${dashboardNamespace}`, {
      autoConnect: false,
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      reconnectionDelay: firstRetryMs,
      reconnectionDelayMax: retryMaxMs,
      ...(headers === undefined ? {} : { extraHeaders: headers }),
    })
    this.state$ = this.#state.asObservable()
    this.signedOut$ = this.#signedOut.asObservable()
    this.outdated$ = this.#outdated.asObservable()
    this.heard$ = this.#hear()
    this.#keepUp()
  }

  open(): void {
    if (this.#state.value.kind !== 'off') return
    this.#state.next({ kind: 'connecting' })
    this.#socket.connect()
  }

  close(): void {
    clearTimeout(this.#redial)
    this.#state.next({ kind: 'off' })
    this.#socket.disconnect()
  }

  /** Dials at once instead of when it is time. */
  retry(): void {
    if (this.#state.value.kind !== 'cut') return
    clearTimeout(this.#redial)
    this.#socket.disconnect().connect()
  }

  /** Asks the server and resolves with its answer, parsed. Rejects with the trouble. */
  async ask<Name extends keyof typeof dashboardSays>(
    name: Name,
    input: z.input<(typeof dashboardSays)[Name]['input']>,
  ): Promise<z.output<(typeof dashboardSays)[Name]['answer']>> {
    const given: unknown = await this.#socket
      .timeout(answerMs)
      .emitWithAck(name, input)
      .catch(() => {
        throw Trouble.unreachable()
      })
    const answered = this.#parsed(Answered, given)
    if (answered?.ok === false) throw new Trouble(answered.problem)
    const value = this.#parsed<unknown>(dashboardSays[name].answer, answered?.value)
    if (value === undefined) throw Trouble.outdated()
    return value as z.output<(typeof dashboardSays)[Name]['answer']>
  }

  #hear(): Observable<Heard> {
    const deltas$ = this.#messages('delta', serverTells.delta.input).pipe(
      map((delta): Heard => ({ kind: 'delta', delta })),
    )
    const frames$ = this.#messages('frames', serverTells.frames.input).pipe(
      map((frames): Heard => ({ kind: 'frames', frames })),
    )
    // Shared, so that a message is parsed once, however many topics are followed.
    return merge(deltas$, frames$).pipe(share())
  }

  #messages<Message>(name: string, schema: z.ZodType<Message>): Observable<Message> {
    return fromEventPattern<unknown>(
      (listen) => this.#socket.on(name, listen),
      (listen) => this.#socket.off(name, listen),
    ).pipe(
      mergeMap((given) => {
        const message = this.#parsed(schema, given)
        return message === undefined ? EMPTY : of(message)
      }),
    )
  }

  #parsed<Message>(schema: z.ZodType<Message>, given: unknown): Message | undefined {
    const { success, data } = schema.safeParse(given)
    if (!success) this.#outdated.next(true)
    return data
  }

  #keepUp(): void {
    this.#socket.on('connect', () => {
      this.#redialMs = firstRetryMs
      this.#state.next({ kind: 'live', connection: ++this.#connections })
    })
    this.#socket.on('disconnect', () => {
      if (this.#state.value.kind !== 'off') this.#lose()
    })
    this.#socket.on('connect_error', (error: Error & { data?: unknown }) => {
      const { data: problem } = Problem.safeParse(error.data)
      if (problem?.code === 'not_signed_in') return this.#end(problem.detail)
      if (problem?.code === 'unsupported_version') this.#outdated.next(true)
      this.#lose()
    })
    this.#socket.on('signedOut', (given: unknown) => {
      const { data } = serverTells.signedOut.input.safeParse(given)
      this.#end(data?.reason ?? 'the session has ended')
    })
  }

  #lose(): void {
    const { value } = this.#state
    if (value.kind !== 'cut') this.#state.next({ kind: 'cut', since: serverNow() })
    // Refused by the server, or hung up on: the library leaves it at that.
    if (this.#socket.active) return
    clearTimeout(this.#redial)
    this.#redialMs = Math.min(retryMaxMs, this.#redialMs * 2)
    this.#redial = setTimeout(() => this.#socket.connect(), this.#redialMs * (0.5 + Math.random() / 2))
  }

  #end(reason: string): void {
    this.close()
    this.#signedOut.next(reason)
  }
}
