import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkStep, drawTransitions, may, transitions } from '#actors/job/transitions.ts'
import { hasEnded, jobStates } from '#specs/jobs.ts'
import { projectDir } from '#test/support/run.ts'

describe("the table of a job's states", () => {
  it('is drawn in the README as it is', () => {
    const text = readFileSync(join(projectDir, 'actors/README.md'), 'utf8')
    const [, drawn] =
      /<!-- transitions -->\n```mermaid\n([^]*?)\n```\n<!-- \/transitions -->/.exec(text) ?? []
    expect(drawn).to.equal(drawTransitions())
  })

  it('reaches every state', () => {
    expect(new Set(transitions.map(({ to }) => to))).to.deep.equal(new Set(jobStates))
  })

  it('has no way out of an end', () => {
    expect(transitions.filter(({ from }) => from !== 'new' && hasEnded(from))).to.deep.equal([])
  })

  it('has a way from every state to an end', () => {
    for (const state of jobStates) expect(reachable(state).some(hasEnded), state).to.equal(true)
  })

  it('lets every job that has not ended be cancelled, and lets none that is being cancelled end otherwise', () => {
    for (const state of jobStates.filter((name) => !hasEnded(name) && name !== 'cancelling'))
      expect(may('drop', state) || may('cancel', state), state).to.equal(true)
    expect(transitions.filter(({ from }) => from === 'cancelling').map(({ to }) => to)).to.deep.equal([
      'cancelled',
    ])
  })

  it('refuses a step that is not in it', () => {
    expect(() => checkStep('accept', 'completed', 'assigned')).to.throw(
      "a job can't go from 'completed' to 'assigned' on 'accept'",
    )
  })

  function reachable(from: (typeof jobStates)[number]) {
    const found = new Set([from])
    for (const state of found)
      for (const step of transitions.filter((transition) => transition.from === state)) found.add(step.to)
    return [...found]
  }
})
