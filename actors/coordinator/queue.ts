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
  /** Who gets it has to look into this place; null: no matter where. */
  place: z.string().nullable().default(null),
  passedOver: z.array(z.object({ agent: z.string(), until: z.number() })),
})
export type Head = z.infer<typeof Head>

export const Able = z.object({
  agent: z.string(),
  name: z.string(),
  slots: z.int(),
  holding: z.array(z.string()),
  abilities: z.array(z.string()),
  /** Where it looks. */
  places: z.array(z.string()).default([]),
  liveness: Liveness,
  success: z.number(),
  load: Load.nullable(),
  /** What it has had lately, as it was when it got a job last. */
  recent: z.number().default(0),
  grantedAt: z.number(),
  /** Of its share of attempts, by then. */
  shareTaken: z.number().default(0),
})
export type Able = z.infer<typeof Able>

export const Queue = z.object({
  placement: z.enum(['offer', 'strict-pull']),
  /** What the team allows to run at once, and how many do; null: any number. */
  runningMax: z.int().nullable().default(null),
  running: z.int().nullable().default(null),
  inFlight: z.array(z.string()),
  /** The classes that were looked at: of jobs bound to no agent, and of those that are. */
  classes: z.array(z.string()),
  bound: z.array(z.string()),
  heads: z.array(Head),
  candidates: z.array(Able),
})
export type Queue = z.infer<typeof Queue>
