/** What can be told to `coordinator/<team>`, and by whom. */
import * as z from 'zod'
import { type Declarations, reference } from '#runtime/index.ts'
import { AgentId, JobId } from '#specs/ids.ts'
import { Able, Head } from './queue.ts'

export const coordinatorMessages = {
  /** A job waits for an agent. */
  look: { input: Head },
  /** A job is just being created: told beside that, it is given away while it is written down. See `announced`. */
  expect: { input: Head },
  /** An agent has room, or can do more than before; maybe because it needs a slot no more. */
  room: {
    input: z.object({
      able: Able,
      freed: z
        .object({
          job: JobId,
          attempt: z.int(),
          /** The job may wait for an agent still. */
          unused: z.boolean(),
        })
        .nullable(),
    }),
  },
  /** It could not take what it was given. */
  declined: { input: z.object({ job: JobId, attempt: z.int(), agent: AgentId, reason: z.string() }) },
  /** An agent asks for work itself; told by its gateway, where the team's placement is `strict-pull`. */
  claim: { input: z.object({ agent: AgentId, free: z.int().min(1).max(64) }) },
  /** An agent looks into other folders than before. */
  rooted: {},
  /** From itself, while jobs are left over: once in a while all classes of jobs are looked at. */
  sweep: {},
  /** From itself: reads the head of the queue and who has room, and gives what it can. */
  place: { sql: true },
} as const satisfies Declarations

export const coordinator = reference('coordinator', coordinatorMessages)
