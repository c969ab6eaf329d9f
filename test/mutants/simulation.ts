/** What the simulation has to find, within 500 seeds. */
import type { Mutant } from './mutant.ts'

const run: Mutant['run'] = ['test/simulate.ts', '--seeds', '500', '--turns', '1000', '--bail']

function mutant(name: string, file: string, find: string, replace: string): Mutant {
  return { name: `sim-${name}`, patches: [{ file: `runtime/${file}`, find, replace }], run }
}

export const simulationMutants: readonly Mutant[] = [
  mutant(
    'lane-not-held',
    'mailbox.ts',
    '    this.#held.set(sender, { id: idOf(by), timer })',
    '    void [sender, by, timer]',
  ),
  mutant(
    'timer-forgotten',
    'turn-item.ts',
    '    for (const deferred of this.#deferred) this.#host.window.add(deferred)',
    '',
  ),
  mutant('timers-lost-at-take-over', 'life.ts', '    this.window.reset(this.intake.openShards)\n', ''),
  mutant('no-fence', 'testing/memory/plan.ts', 'if (group === row.group + 1) return row', 'return row'),
  mutant(
    'resolved-by-guess',
    'committer.ts',
    '        return committed\n',
    '        return false && committed\n',
  ),
  mutant('aside-dropped', 'intake.ts', 'state.aside.push(mail)', 'void mail'),
  mutant('no-sweep', 'life.ts', '    if (sweep.mail) this.intake.found()\n', ''),
  mutant('not-rewound', 'coordinator.ts', '    resident.rewind()\n', ''),
  mutant(
    'put-back-in-reverse',
    'coordinator.ts',
    'resident.mailbox.putBack(messages)',
    'resident.mailbox.putBack(messages.reverse())',
  ),
  mutant('dedupe-dropped', 'send-item.ts', '{ ...mail, dedupe }', 'mail'),
  mutant(
    'answer-not-kept',
    'turn-item.ts',
    'if (requestId !== undefined) draft.answer(requestId, this.#answer)',
    '',
  ),
  mutant('lost-shards-not-adopted', 'membership.ts', 'this.#parts.taken(unknown)', 'void unknown'),
  mutant('read-position-skips', 'intake.ts', 'Math.max(seq, this.#read.get(lane) ?? 0)', 'seq + 1'),
  // Turns that are under way while something else happens.
  mutant('running-turn-lost', 'coordinator.ts', '    if (running) messages.push(running)\n', ''),
  mutant(
    'running-turn-put-back-first',
    'coordinator.ts',
    'if (running) messages.push(running)',
    'if (running) messages.unshift(running)',
  ),
  mutant('void-turn-blocks-its-actor', 'coordinator.ts', '    resident.running = null\n', ''),
  mutant(
    'void-turn-takes-effect',
    'runner.ts',
    'resident.era === era && resident.running',
    'resident.running',
  ),
  mutant(
    'turn-beside-a-turn',
    'coordinator.ts',
    'resident.queued || resident.running ||',
    'resident.queued ||',
  ),
  mutant('turn-beside-a-suspect', 'runner.ts', 'resident.halted || resident.running', 'resident.halted'),
  mutant('asleep-within-a-turn', 'resident.ts', '      this.running === null &&\n', ''),
  mutant(
    'turn-outlives-its-shard',
    'hand-over.ts',
    'for (const resident of residents.all()) if (shards.has(resident.shard)) resident.era++',
    '',
  ),
  mutant(
    'sql-turn-outlives-its-shard',
    'runner.ts',
    'if (resident.era !== era) return this.#rollback(sql)',
    '',
  ),
  mutant('handed-over-before-the-commit', 'hand-over.ts', '    await coordinator.flushed()\n', ''),
]
