/** What the specs of turns that are under way have to find. */
import { type Mutant, spec } from './mutant.ts'

const run = spec('test/runtime/turns-under-way.spec.ts')

export const turnMutants: readonly Mutant[] = [
  {
    name: 'turns-not-waited-for',
    patches: [{ file: 'runtime/hand-over.ts', find: 'while (running() && ', replace: 'while (false && ' }],
    run,
  },
  {
    name: 'asks-under-way-forgotten',
    patches: [{ file: 'runtime/hand-over.ts', find: '      ...(running ? [running] : []),\n', replace: '' }],
    run,
  },
  {
    name: 'put-off-while-resumed',
    patches: [
      {
        file: 'runtime/runner.ts',
        find: '    resident.awaitsCommit = true\n    return this.#without',
        replace: '    return this.#without',
      },
    ],
    run,
  },
]
