/** What a coordinator remembers between two looks. */
import * as z from 'zod'
import { askedByClass, boundClass } from '../job/state.ts'
import { holds } from '../place.ts'
import type { Able, Queue } from './queue.ts'

export const Memory = z
  .object({
    /** When a `place` was sent that has not run yet. */
    placingSince: z.number().nullable().default(null),
    /** What was given away, and may not have arrived yet. */
    placed: z
      .array(z.object({ job: z.string(), attempt: z.int(), agent: z.string(), at: z.number() }))
      .default([]),
    /** The classes of which jobs were left over, because nobody had room for them. */
    left: z.array(z.string()).default([]),
    /** There may be more of them: it looks at only so many classes in one go, and keeps only so many in mind. */
    leftMore: z.boolean().default(false),
    boundLeftMore: z.boolean().default(false),
    /** Where the next look begins, when the last one did not come to the end. */
    from: z.string().default(''),
    /** The team allows no more to run at once: whatever ends makes room for what is left over. */
    heldBack: z.boolean().default(false),
    /** Roots may have changed: the next look finds the jobs whose place is another one now. */
    rootsDue: z.boolean().default(false),
    /** Agents for which bound jobs may wait. */
    wanted: z.array(z.string()).default([]),
    /** Agents that ask for work, and how much of it. */
    claims: z.array(z.object({ agent: z.string(), free: z.int() })).default([]),
    /** A sweep is due. */
    sweepDue: z.boolean().default(false),
    /** The next `place` is a sweep: it looks at bound jobs too, from here on. */
    sweepFrom: z.string().nullable().default(null),
    sweptTo: z.string().default(boundClass('')),
  })
  .prefault({})
export type Memory = z.infer<typeof Memory>

/** Classes looked at in one go. */
export const classesMax = 32
const leftMax = 256

export function isBound(name: string): boolean {
  return name.startsWith(boundClass(''))
}

/** Whether a job was left over that this agent can run. */
export function isWaitedFor(
  { left, leftMore, boundLeftMore }: Pick<Memory, 'left' | 'leftMore' | 'boundLeftMore'>,
  { agent, abilities, places }: Pick<Able, 'agent' | 'abilities' | 'places'>,
): boolean {
  if (leftMore || boundLeftMore) return true
  return left.some((name) => {
    if (isBound(name)) return name === boundClass(agent)
    const asked = askedByClass(name)
    if (!asked) return true
    const { needs, place } = asked
    return needs.every((need) => abilities.includes(need)) && (place === null || holds(places, place))
  })
}

type Left = Pick<Memory, 'left' | 'leftMore' | 'boundLeftMore' | 'from' | 'sweptTo'>

/** What is left over after a look: classes that were not looked at are as they were. */
export function leftAfter(
  memory: Memory,
  { classes, bound, heads }: Pick<Queue, 'classes' | 'bound' | 'heads'>,
  wanted: readonly string[],
  given: ReadonlySet<string>,
): Left {
  const { from, sweepFrom } = memory
  const cut = classes.length === classesMax
  const boundCut = bound.length === classesMax
  const [last = '', boundLast = ''] = [classes.at(-1), bound.at(-1)]
  const looked = (name: string) => {
    if (!isBound(name)) return name >= from && (!cut || name <= last)
    if (wanted.some((agent) => boundClass(agent) === name)) return true
    return sweepFrom !== null && name >= sweepFrom && (!boundCut || name <= boundLast)
  }
  const waiting = heads.filter(({ job }) => !given.has(job)).map((head) => head.class)
  const left = [...new Set([...memory.left.filter((name) => !looked(name)), ...waiting])]
  const sweptAll = sweepFrom === boundClass('') && !boundCut
  return {
    left: left.slice(0, leftMax),
    leftMore: cut || from !== '',
    boundLeftMore: left.length > leftMax || (memory.boundLeftMore && !sweptAll),
    from: cut ? last : '',
    sweptTo: sweepFrom === null ? memory.sweptTo : boundCut ? boundLast : boundClass(''),
  }
}
