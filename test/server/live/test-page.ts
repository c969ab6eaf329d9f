/** A page of the dashboard over a real socket, which believes nothing: every message has to be what the contract says. */
import { io, type Socket } from 'socket.io-client'
import type * as z from 'zod'
import type { Answer, Frame } from '#specs/agent-link.ts'
import {
  dashboardNamespace,
  dashboardSays,
  Delta,
  JobFrames,
  type Snapshot,
  type Watch,
} from '#specs/live.ts'
import type { Problem } from '#specs/problem.ts'
import { type Proof, proofHeaders } from '#test/support/api.ts'
import { Events } from '#test/support/events.ts'

export type Heard =
  | { readonly kind: 'delta'; readonly delta: Delta }
  | { readonly kind: 'frames'; readonly told: z.output<typeof JobFrames> }
  | { readonly kind: 'signedOut'; readonly reason: string }
  | { readonly kind: 'connected' }
  | { readonly kind: 'refused'; readonly problem: Problem | undefined }
  | { readonly kind: 'closed'; readonly reason: string }

type Topic = Snapshot['topic']
type DeltaOf<T extends Topic> = Extract<Delta, { topic: T }>
type SnapshotOf<T extends Topic> = Extract<Snapshot, { topic: T }>
type WatchOf<T extends Topic> = Extract<z.input<typeof Watch>, { topic: T }>

export class TestPage {
  readonly heard = new Events<Heard>()
  readonly socket: Socket

  constructor(url: string, proof: Proof | { readonly token: string }, headers: Record<string, string> = {}) {
    const { origin, ...shown } = 'token' in proof ? { origin: undefined } : proofHeaders(proof, url)
    this.socket = io(`${url}${dashboardNamespace}`, {
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      extraHeaders: { ...shown, ...(origin !== undefined && { origin }), ...headers },
      ...('token' in proof && { auth: { token: proof.token } }),
    })
    this.socket.on('connect', () => this.heard.push({ kind: 'connected' }))
    this.socket.on('connect_error', (error: Error & { data?: Problem }) =>
      this.heard.push({ kind: 'refused', problem: error.data }),
    )
    this.socket.on('disconnect', (reason) => this.heard.push({ kind: 'closed', reason }))
    this.socket.on('delta', (given: unknown) => this.heard.push({ kind: 'delta', delta: Delta.parse(given) }))
    this.socket.on('frames', (given: unknown) =>
      this.heard.push({ kind: 'frames', told: JobFrames.parse(given) }),
    )
    this.socket.on('signedOut', ({ reason }: { reason: string }) =>
      this.heard.push({ kind: 'signedOut', reason }),
    )
  }

  async try(name: string, payload: unknown): Promise<Answer<unknown>> {
    return (await this.socket.emitWithAck(name, payload)) as Answer<unknown>
  }
  async #watch(input: z.input<typeof Watch>) {
    const answer = await this.try('watch', input)
    if (!answer.ok) throw new Error(`watch: ${JSON.stringify(answer.problem)}`)
    return dashboardSays.watch.answer.parse(answer.value)
  }
  /** A snapshot; rejects where the server resumes instead. */
  async watch<T extends Topic>(input: WatchOf<T>): Promise<SnapshotOf<T>> {
    const answer = await this.#watch(input)
    if ('resumed' in answer) throw new Error('resumed instead of a snapshot')
    return answer as SnapshotOf<T>
  }
  /** What was missed; rejects where the server tells all anew. */
  async resume<T extends Topic>(input: WatchOf<T>): Promise<readonly DeltaOf<T>[]> {
    const answer = await this.#watch(input)
    if (!('resumed' in answer)) throw new Error('a snapshot instead of what was missed')
    return answer.resumed as DeltaOf<T>[]
  }

  /** The next delta of the topic that fits. */
  async delta<T extends Topic>(
    topic: T,
    fits: (delta: DeltaOf<T>) => boolean = () => true,
  ): Promise<DeltaOf<T>> {
    for (;;) {
      const { delta } = await this.heard.next('delta')
      if (delta.topic === topic && fits(delta as DeltaOf<T>)) return delta as DeltaOf<T>
    }
  }
  /** Every delta of the topic so far. */
  deltas<T extends Topic>(topic: T): DeltaOf<T>[] {
    return this.heard.all.flatMap((heard) =>
      heard.kind === 'delta' && heard.delta.topic === topic ? [heard.delta as DeltaOf<T>] : [],
    )
  }
  /** Every frame so far that was told beside snapshots, as 'attempt.seq'. */
  get frames(): string[] {
    return this.heard.all.flatMap((heard) =>
      heard.kind === 'frames' ? places(heard.told.attempt, heard.told.frames) : [],
    )
  }
  /** Resolves when the frame has come. */
  async reaches(place: string): Promise<void> {
    while (!this.frames.includes(place)) await this.heard.next('frames')
  }
  close() {
    this.socket.close()
  }
}

export function places(attempt: number, frames: readonly Frame[]): string[] {
  return frames.map(({ seq }) => `${attempt}.${seq}`)
}
