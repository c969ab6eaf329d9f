/** Follows topics over the link: what a page watches stays right through cuts, gaps and restarts of the server. */
import {
  defer,
  distinctUntilChanged,
  EMPTY,
  filter,
  finalize,
  from,
  ignoreElements,
  map,
  merge,
  type Observable,
  of,
  retry,
  scan,
  share,
  Subject,
  switchMap,
  tap,
  throwError,
  timer,
} from 'rxjs'
import type { Delta, Position, Snapshot, Watch } from '#specs/live.ts'
import { asTrouble } from '../api/trouble.ts'
import { followed, unfollowed, type Following, type Happening } from './following.ts'
import type { Heard, Link } from './link.ts'
import type { Merging } from './merge.ts'

type Topic = Snapshot['topic']
type SnapshotOf<T extends Topic> = Extract<Snapshot, { topic: T }>
type Answer<T extends Topic> = SnapshotOf<T> | { readonly resumed: readonly Extract<Delta, { topic: T }>[] }

/** One topic, as a page wants it. */
export type Wish<Value, T extends Topic> = {
  readonly topic: T
  readonly merging: Merging<Value, T>
  /** What is asked with, and again after each cut. */
  request(since: Position | undefined, value: Value | undefined): Extract<Watch, { topic: T }>
  /** Puts something in place of the snapshot's content, which is then what is merged. */
  complete?(snapshot: SnapshotOf<T>): Promise<SnapshotOf<T>>
  /** Takes in what comes beside the deltas. */
  hears?(heard: Heard): ((value: Value) => Value) | undefined
  /** Which deltas are meant. */
  concerns?(delta: Extract<Delta, { topic: T }>): boolean
}

const askAgainMs = 1_000
const askAgainMaxMs = 10_000

export class Live {
  readonly #link: Link
  /** Who watches a topic now; the server knows one at a time. */
  readonly #watchers = new Map<Topic, symbol>()

  constructor(link: Link) {
    this.#link = link
  }

  /** The topic's value, from the first snapshot on. Ends with an error only when the server refuses it for good. */
  follow<Value, T extends Topic>(wish: Wish<Value, T>): Observable<Value> {
    return defer(() => {
      const watcher = Symbol(wish.topic)
      this.#watchers.set(wish.topic, watcher)
      const answers$ = new Subject<Happening<Value, T>>()
      const askable = spaced()
      const standing$ = merge(this.#connections(), this.#told(wish), answers$).pipe(
        scan<Happening<Value, T>, Following<Value, T>>(
          (now, happening) => followed(wish.merging, now, happening),
          unfollowed,
        ),
        share(),
      )
      const asking$ = standing$.pipe(
        distinctUntilChanged((one, other) => one.asked === other.asked && one.phase === other.phase),
        filter(({ phase }) => phase !== 'live'),
        switchMap((standing) =>
          standing.phase === 'asking' ? askable().pipe(switchMap(() => this.#ask(wish, standing))) : EMPTY,
        ),
        tap((answer) => answers$.next(answer)),
        ignoreElements(),
      )
      const values$ = standing$.pipe(
        map(({ value }) => value),
        filter((value) => value !== undefined),
        distinctUntilChanged(),
      )
      return merge(asking$, values$).pipe(finalize(() => this.#unwatch(wish, watcher)))
    })
  }

  #connections(): Observable<{ kind: 'up' } | { kind: 'down' }> {
    return this.#link.state$.pipe(
      distinctUntilChanged(),
      map(({ kind }) => (kind === 'live' ? { kind: 'up' } : { kind: 'down' })),
    )
  }

  #told<Value, T extends Topic>(wish: Wish<Value, T>): Observable<Happening<Value, T>> {
    return this.#link.heard$.pipe(
      map((heard): Happening<Value, T> | undefined => {
        const take = wish.hears?.(heard)
        if (take !== undefined) return { kind: 'told', take }
        if (heard.kind !== 'delta' || heard.delta.topic !== wish.topic) return undefined
        const delta = heard.delta as Extract<Delta, { topic: T }>
        return wish.concerns?.(delta) === false ? undefined : { kind: 'delta', delta }
      }),
      filter((happening) => happening !== undefined),
    )
  }

  #ask<Value, T extends Topic>(
    wish: Wish<Value, T>,
    { at, value }: Following<Value, T>,
  ): Observable<Happening<Value, T>> {
    return defer(() => from(this.#answer(wish, wish.request(at, value)))).pipe(
      map((answer): Happening<Value, T> => ({ kind: 'answer', answer })),
      retry({
        delay: (error, failures) => {
          const trouble = asTrouble(error)
          if (!trouble.passes) return throwError(() => trouble)
          return timer(trouble.retryAfterMs ?? Math.min(askAgainMaxMs, askAgainMs * 2 ** failures))
        },
      }),
    )
  }

  async #answer<Value, T extends Topic>(
    wish: Wish<Value, T>,
    request: Extract<Watch, { topic: T }>,
  ): Promise<Answer<T>> {
    const answer = (await this.#link.ask('watch', request)) as Answer<T>
    return 'resumed' in answer || wish.complete === undefined ? answer : await wish.complete(answer)
  }

  #unwatch<Value, T extends Topic>(wish: Wish<Value, T>, watcher: symbol): void {
    // Another page may watch the topic by now, with another query.
    if (this.#watchers.get(wish.topic) !== watcher) return
    this.#watchers.delete(wish.topic)
    const { topic } = wish
    const request = wish.request(undefined, undefined)
    const input = 'job' in request ? { topic, job: request.job } : { topic }
    // Unheard, it does no harm: a server forgets what a lost connection watched.
    this.#link.ask('unwatch', input).catch(() => {})
  }
}

/** Lets through at once, but not twice within a moment: a server that never told all would be asked without end. */
function spaced(): () => Observable<unknown> {
  let next = 0
  return () => {
    const waitMs = Math.max(0, next - performance.now())
    next = performance.now() + waitMs + askAgainMs
    return waitMs === 0 ? of(null) : timer(waitMs)
  }
}
