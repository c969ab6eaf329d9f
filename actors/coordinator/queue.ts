/** What a coordinator reads before it decides: the answer of `readQueue`. */
import * as z from 'zod'
import { Liveness, Load } from '#specs/agents.ts'

export const Head = z.object({
  job: z.string(),
  /** Jobs of one class can go to the same agents. */
  class: z.string(),
  needs: z.array(z.string()),
  rank: z.number(),
  seq: z.int(),
  /** How many attempts it has had. */
  attempt: z.int(),
  boundTo: z.string().nullable(),
  passedOver: z.array(z.object({ agent: z.string(), until: z.number() })),
})
export type Head = z.infer<typeof Head>

export const Able = z.object({
  agent: z.string(),
  name: z.string(),
  slots: z.int(),
  holding: z.array(z.string()),
  abilities: z.array(z.string()),
  liveness: Liveness,
  success: z.number(),
  load: Load.nullable(),
  grantedAt: z.number(),
})
export type Able = z.infer<typeof Able>

export const Queue = z.object({
  placement: z.enum(['offer', 'strict-pull']),
  inFlight: z.array(z.string()),
  /** The classes that were looked at: of jobs bound to no agent, and of those that are. */
  classes: z.array(z.string()),
  bound: z.array(z.string()),
  heads: z.array(Head),
  candidates: z.array(Able),
})
export type Queue = z.infer<typeof Queue>
