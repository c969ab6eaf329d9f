/**
 * What running attempts tell, from the node that has the agent's connection to whoever watches, on any node, without gaps.
 *
 *   agent ─▶ take ─▶ ring, and the bus ─▶ watchers here and on other nodes
 *
 * Whoever comes late, or comes back, gets what was before from the ring of the node that has the connection; what the
 * ring has lost, the agent still has; of an ended attempt the log has its lines.
 */
import * as z from 'zod'
import { reasonOf } from '#runtime/errors.ts'
import type { Log } from '#runtime/index.ts'
import { Frame } from '#specs/agent-link.ts'
import { type Bus, topicOf } from './bus.ts'
import { type Place, Rings, type Stretch } from './rings.ts'

/** Frames that the agent of a running attempt has kept. */
export type Replay = (attempt: number, after: number) => Promise<readonly Frame[]>
/** Log lines of an attempt, as frames. */
export type ReadLog = (team: string, job: string, attempt: number, after: number) => Promise<Stretch>

export interface StreamsOptions {
  readonly bus: Bus
  readonly log: Log
  readonly readLog: ReadLog
  readonly rings?: Rings
}

export interface Watching {
  /** What came before: the attempt's latest frames, or those after the place that was given. */
  readonly first: Stretch
  /** From here on the listener is called. */
  begin(): void
  stop(): void
}
type Tell = (attempt: number, frames: readonly Frame[]) => void

const askTimeoutMs = 500
const about = 'frames'
const Question = z.object({
  team: z.string(),
  job: z.string(),
  place: z.object({ attempt: z.int(), seq: z.int() }).nullable(),
  newest: z.int(),
})
const Answer = z.object({ attempt: z.int(), frames: z.array(Frame), whole: z.boolean() })

export class Streams {
  readonly #options: StreamsOptions
  readonly #rings: Rings
  readonly #sources = new Map<string, Replay>()

  constructor(options: StreamsOptions) {
    this.#options = options
    this.#rings = options.rings ?? new Rings()
    options.bus.answers(about, async (given) => {
      const question = Question.parse(given)
      return this.#hereAfter(question.job, question.place, question.newest)
    })
  }

  /** Takes what an attempt has told, each frame once, and returns what is new of it. */
  take(team: string, job: string, attempt: number, frames: readonly Frame[]): readonly Frame[] {
    const fresh = this.#rings.add(job, attempt, frames)
    if (fresh.length > 0) this.#options.bus.tell({ type: 'frames', team, job, attempt, frames: fresh })
    return fresh
  }

  /** The attempt is over; its frames stay for a while. */
  ended(job: string): void {
    this.#rings.end(job)
  }

  /** Where older frames of a running job can be had. Returns what ends that. */
  source(job: string, replay: Replay): () => void {
    this.#sources.set(job, replay)
    return () => {
      if (this.#sources.get(job) === replay) this.#sources.delete(job)
    }
  }

  /** Watches a job from the place on, or from the beginning of its latest attempt, which is at least `newest`. */
  async watch(
    { team, job, newest }: { team: string; job: string; newest: number },
    place: Place | null,
    tell: Tell,
  ): Promise<Watching> {
    const viewer = new Viewer(place, tell, (from) => this.#after(team, job, from, from.attempt))
    const { bus, log } = this.#options
    const quit = bus.on('frames', (event) => {
      if (event.job === job && event.team === team) viewer.hear(event.attempt, event.frames)
    })
    const interest = bus.interest(topicOf.job(job))
    try {
      await interest.known
      const first = await this.#after(team, job, place, newest)
      viewer.reached(first)
      return {
        first,
        begin: () =>
          viewer.begin((error) => log.warn('frames are missing', { job, reason: reasonOf(error) })),
        stop: () => {
          viewer.stop()
          quit()
          interest.end()
        },
      }
    } catch (error) {
      quit()
      interest.end()
      throw error
    }
  }

  /** What is known on any node, of any age, from the place on. */
  async #after(team: string, job: string, place: Place | null, newest: number): Promise<Stretch> {
    const here = await this.#hereAfter(job, place, newest)
    if (here) return here
    const { bus, readLog } = this.#options
    const answer = Answer.safeParse(await bus.ask(about, { team, job, place, newest }, askTimeoutMs))
    if (answer.success) return answer.data
    return readLog(team, job, newest, place?.attempt === newest ? place.seq : 0)
  }

  /** Null where nothing is known here of the attempt that counts. */
  async #hereAfter(job: string, place: Place | null, newest: number): Promise<Stretch | null> {
    const known = this.#known(job, place, newest)
    const replay = this.#sources.get(job)
    if (known?.whole || !replay) return known
    const attempt = known?.attempt ?? newest
    try {
      const older = await replay(attempt, place?.attempt === attempt ? place.seq : 0)
      if (this.#known(job, place, newest)) this.#rings.prepend(job, attempt, older)
      else this.#rings.add(job, attempt, older)
    } catch (error) {
      this.#options.log.debug('the agent could not say again what was missed', {
        job,
        reason: reasonOf(error),
      })
    }
    return this.#known(job, place, newest)
  }

  #known(job: string, place: Place | null, newest: number): Stretch | null {
    const known = this.#rings.after(job, place)
    return known && known.attempt >= newest ? known : null
  }
}

/** One page's view of one job: in order, each frame once. */
class Viewer {
  readonly #tell: Tell
  readonly #after: (place: Place) => Promise<Stretch>
  #place: Place | null
  /** What has come and can't be told yet: before the beginning, or while something missing is fetched. */
  #held: { attempt: number; frames: readonly Frame[] }[] | null = []
  #failed: (error: unknown) => void = () => {}
  #stopped = false

  constructor(place: Place | null, tell: Tell, after: (place: Place) => Promise<Stretch>) {
    this.#place = place
    this.#tell = tell
    this.#after = after
  }

  /** So far the viewer has everything. */
  reached({ attempt, frames }: Stretch) {
    const seq = frames.at(-1)?.seq ?? (this.#place?.attempt === attempt ? this.#place.seq : 0)
    if (attempt > 0) this.#place = { attempt, seq }
  }
  begin(failed: (error: unknown) => void) {
    this.#failed = failed
    this.#release()
  }
  stop() {
    this.#stopped = true
  }

  hear(attempt: number, frames: readonly Frame[]) {
    if (this.#stopped) return
    if (this.#held) return void this.#held.push({ attempt, frames })
    const { missing } = this.#pass(attempt, frames)
    if (!missing) return
    this.#held = [{ attempt, frames }]
    void this.#fetch(attempt)
  }

  /** Tells what is new, unless something is missing before it. */
  #pass(attempt: number, frames: readonly Frame[]): { missing: boolean } {
    const place = this.#place
    if (place && attempt < place.attempt) return { missing: false }
    const seq = place?.attempt === attempt ? place.seq : 0
    const fresh = frames.filter((frame) => frame.seq > seq)
    const first = fresh[0]
    if (!first) return { missing: false }
    if (first.seq > seq + 1) return { missing: true }
    this.#say(attempt, fresh)
    return { missing: false }
  }

  #say(attempt: number, frames: readonly Frame[]) {
    const last = frames.at(-1)
    if (!last) return
    this.#place = { attempt, seq: last.seq }
    this.#tell(attempt, frames)
  }

  async #fetch(attempt: number) {
    const seq = this.#place?.attempt === attempt ? this.#place.seq : 0
    try {
      const missed = await this.#after({ attempt, seq })
      if (!this.#stopped && missed.attempt >= attempt) this.#say(missed.attempt, missed.frames)
    } catch (error) {
      this.#failed(error)
    }
    this.#release(true)
  }

  /** Tells what was held back; what nobody has any more is passed over. */
  #release(evenWithGaps = false) {
    const held = this.#held ?? []
    this.#held = null
    for (const { attempt, frames } of held) {
      if (this.#stopped) return
      if (!evenWithGaps) {
        this.hear(attempt, frames)
        continue
      }
      const place = this.#place
      if (place && attempt < place.attempt) continue
      const seq = place?.attempt === attempt ? place.seq : 0
      this.#say(
        attempt,
        frames.filter((frame) => frame.seq > seq),
      )
    }
  }
}
