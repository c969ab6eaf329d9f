/** What the specs of the border to agents have to find. */
import { spec, type Mutant } from './mutant.ts'

const lookout = 'server/link/lookout.ts'
const offers = spec('test/server/live/deaf.spec.ts', 'brings offers')
const voids = spec('test/server/live/deaf.spec.ts', 'does not count any more')

export const linkMutants: readonly Mutant[] = [
  {
    name: 'no-look',
    patches: [
      { file: lookout, find: 'if (!node.alone) await this.#look()', replace: '' },
      { file: lookout, find: 'while (this.#owed && !this.#stopped) await this.#look()', replace: '' },
    ],
    run: offers,
  },
  {
    name: 'void-attempts-run-on',
    patches: [
      {
        file: lookout,
        find: 'if (attempt.stopping) session.cancelOnce(session.cancelOf(attempt))',
        replace: 'session.cancelOf(attempt)',
      },
      { file: lookout, find: 'session.drop(attempt)', replace: 'session.cancelOf(attempt)' },
    ],
    run: voids,
  },
]
