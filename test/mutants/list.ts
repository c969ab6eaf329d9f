/** All mutants, one list for each kind of test that has to find them. */
import { chaosMutants } from './chaos.ts'
import { linkMutants } from './link.ts'
import type { Mutant } from './mutant.ts'
import { simulationMutants } from './simulation.ts'
import { turnMutants } from './turns.ts'

export const mutants: readonly Mutant[] = [
  ...chaosMutants,
  ...turnMutants,
  ...simulationMutants,
  ...linkMutants,
]
