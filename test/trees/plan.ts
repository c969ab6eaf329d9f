/**
 * Trees of photos to try the tools on: the same arguments give the same tree on every machine, to the byte. A plan is a
 * list; `write.ts` makes it real.
 */
import { fillCustom } from './custom.ts'
import { fillHostile } from './hostile.ts'
import { Plan, type Entry } from './entries.ts'
import { Random } from './random.ts'
import { fillWorkflow } from './workflow.ts'

/**
 * clean: every name is valid and every capture complete. messy: as people's folders are. custom: names as cameras give
 * them. hostile: names that break programs. loops: long chains of edits, and captures that share a number. dirs: many
 * folders, few files in each.
 */
export const profiles = ['clean', 'messy', 'custom', 'hostile', 'loops', 'dirs'] as const
/** tiny: up to 64 bytes. zero: none. sparse: as big as real ones, of which the disk holds nothing. */
export const sizings = ['tiny', 'zero', 'sparse'] as const
export type Profile = (typeof profiles)[number]
export type Sizing = (typeof sizings)[number]

export interface TreeArguments {
  readonly seed: number
  /** A capture has several files, so there may be a few more. */
  readonly files: number
  readonly profile: Profile
  readonly sizes?: Sizing
  /** Adds names that are no UTF-8, to the hostile ones only. */
  readonly nonUtf8?: boolean
}

export function planTree({
  seed,
  files,
  profile,
  sizes = 'tiny',
  nonUtf8 = false,
}: TreeArguments): readonly Entry[] {
  const random = new Random(BigInt(seed))
  const plan = new Plan(random, sizes)
  if (profile === 'custom') fillCustom(plan, random, files)
  else if (profile === 'hostile') fillHostile(plan, random, files, nonUtf8)
  else fillWorkflow(plan, random, files, profile)
  return plan.entries
}
