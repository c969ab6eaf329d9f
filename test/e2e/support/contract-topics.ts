/** The topics of the dashboard's socket: versions, deltas that are kept for those who were cut off, frames. */
import type { Namespace, Socket } from 'socket.io'
import type * as z from 'zod'
import type { Answer, Frame } from '#specs/agent-link.ts'
import { dashboardSays, type Delta, JobFrames, type Snapshot, Watch } from '#specs/live.ts'
import type { Problem } from '#specs/problem.ts'
import { Delta as DeltaSchema } from '#specs/live.ts'

type Topic = Snapshot['topic']
/** What a delta says, without its place in the topic. */
type Without<Message> = Message extends { at: unknown } ? Omit<Message, 'at'> : never
export type News = Without<Delta>
type WatchAnswer = z.input<typeof dashboardSays.watch.answer>

/** Where the whole of a topic comes from. */
export interface Source {
  snapshot(watch: Watch): Without<Snapshot> | Problem
}

export class Topics {
  readonly #dashboard: Namespace
  readonly #kept = new Map<string, Delta[]>()
  readonly #versions = new Map<string, number>()
  #epoch = 'epoch-1'
  /** Deltas that are kept, but not sent: a spec lets them be missed. */
  withheld = false

  constructor(dashboard: Namespace) {
    this.#dashboard = dashboard
  }

  serve(socket: Socket, source: Source): void {
    socket.on('watch', (given: unknown, reply: (answer: Answer<WatchAnswer>) => void) => {
      const watch = Watch.parse(given)
      void socket.join(roomOf(watch))
      const answer = this.#answer(watch, source)
      reply('code' in answer ? { ok: false, problem: answer } : { ok: true, value: answer })
    })
    socket.on('unwatch', (given: unknown, reply: (answer: Answer<{ done: true }>) => void) => {
      const { topic, job } = dashboardSays.unwatch.input.parse(given)
      void socket.leave(job === undefined ? topic : `${topic}:${job}`)
      reply({ ok: true, value: { done: true } })
    })
  }

  /** Tells everybody who watches. */
  tell(news: News): void {
    const room = roomOf(news.topic === 'job' ? { topic: 'job', job: news.job.id } : { topic: news.topic })
    const version = (this.#versions.get(room) ?? 0) + 1
    this.#versions.set(room, version)
    const delta = DeltaSchema.parse({ ...news, at: { epoch: this.#epoch, version } })
    this.#kept.set(room, [...(this.#kept.get(room) ?? []), delta])
    if (!this.withheld) this.#dashboard.to(room).emit('delta', delta)
  }

  frames(job: string, attempt: number, frames: readonly Frame[]): void {
    this.#dashboard.to(`job:${job}`).emit('frames', JobFrames.parse({ job, attempt, frames }))
  }

  /** As after a restart: nobody knows any more what was told before. */
  forget(): void {
    this.#epoch = `${this.#epoch}'`
    this.#kept.clear()
    this.#versions.clear()
  }

  #answer(watch: Watch, source: Source): WatchAnswer | Problem {
    const room = roomOf(watch)
    const at = { epoch: this.#epoch, version: this.#versions.get(room) ?? 0 }
    const { since } = watch
    if (since?.epoch === at.epoch) {
      return { resumed: (this.#kept.get(room) ?? []).filter((delta) => delta.at.version > since.version) }
    }
    const snapshot = source.snapshot(watch)
    return 'code' in snapshot ? snapshot : ({ ...snapshot, at } as Snapshot)
  }
}

function roomOf(watch: { readonly topic: Topic; readonly job?: string | undefined }): string {
  return watch.job === undefined ? watch.topic : `${watch.topic}:${watch.job}`
}
