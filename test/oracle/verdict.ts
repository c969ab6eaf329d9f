/** What a comparison has found. */
import { differences, type Difference } from './differences.ts'

export class Verdict {
  compared = 0
  readonly differences: Difference[] = []
  /** Where equality is no goal, or nothing is known to compare with. */
  readonly notCompared: string[] = []

  compare(where: string, ours: unknown, recorded: unknown): void {
    if (recorded === undefined) return this.leave(where, 'nothing is recorded')
    this.compared += 1
    this.differences.push(...differences(where, ours, recorded))
  }

  leave(where: string, why: string): void {
    this.notCompared.push(`${where}: ${why}`)
  }
}
