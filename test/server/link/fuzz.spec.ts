import { expect } from 'chai'
import fc from 'fast-check'
import type { agentSays, Answer } from '#specs/agent-link.ts'
import { newId } from '#specs/ids.ts'
import { TestPage } from '../live/test-page.ts'
import { facts, useBorder } from './border.ts'
import { frames, load, type TestAgent } from './test-agent.ts'

const attempt = { job: newId('job'), attempt: 1 }
/** Each is right but for what is then done to it. */
const samples: Readonly<Record<keyof typeof agentSays, object>> = {
  hello: { facts: facts(), running: [attempt] },
  beat: { load, running: [attempt], draining: false },
  accept: attempt,
  decline: { ...attempt, reason: 'no' },
  started: attempt,
  frames: { ...attempt, frames: frames(1, 3) },
  finish: { ...attempt, outcome: 'failed', error: { class: 'fatal', message: 'no' }, frames: 3 },
  claim: { free: 1 },
}
const watches = [
  { topic: 'pool' },
  { topic: 'agents', since: { epoch: 'x', version: 1 } },
  { topic: 'jobs', query: { limit: 5, group: 'active' } },
  { topic: 'job', job: attempt.job, frame: { attempt: 1, seq: 2 } },
]

/** A value with something strange in one place. */
function broken(value: unknown): fc.Arbitrary<unknown> {
  const strange = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(null, -1, 1e300, '', '\0', '\ud800', 'x'.repeat(5_000), [], {}, [[]]),
    fc.string(),
  )
  const places = placesIn(value)
  return fc.tuple(fc.constantFrom(...places), strange).map(([place, put]) => replaced(value, place, put))
}
function placesIn(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [at]
  return [
    at,
    ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...at, key])),
    [...at, 'surplus'],
  ]
}
function replaced(value: unknown, [key, ...rest]: readonly string[], put: unknown): unknown {
  if (key === undefined) return put
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
    string,
    unknown
  >
  copy[key] = replaced(copy[key], rest, put)
  return copy
}

describe('whatever is said on a socket', function () {
  this.timeout(120_000)
  const border = useBorder()
  const runs = { numRuns: 150 }
  let agent: TestAgent

  function expectAnswer(answer: Answer<unknown>) {
    if (answer.ok) return
    expect(answer.problem.status, JSON.stringify(answer.problem)).to.be.below(500)
    expect(answer.problem.detail).not.to.equal('')
  }

  for (const name of Object.keys(samples) as (keyof typeof samples)[]) {
    it(`is answered without a fault: ${name}`, async () => {
      agent = await border.get.agent()
      const property = fc.asyncProperty(broken(samples[name]), async (payload) => {
        // A connection that says too much is told so: another one goes on.
        expectAnswer(await agent.try(name, payload))
        expect(agent.socket.connected).to.equal(true)
      })
      await fc.assert(property, runs)
      expect(await agent.hello()).to.include({ agent: agent.id })
    })
  }

  it('is answered without a fault: watch', async () => {
    const page = new TestPage(border.get.server.url, border.get.api.proof)
    let asked = 0
    const property = fc.asyncProperty(fc.constantFrom(...watches).chain(broken), async (payload) => {
      asked += 1
      expectAnswer(await page.try(asked % 5 === 0 ? 'unwatch' : 'watch', payload))
    })
    await fc.assert(property, runs)
    expect(page.socket.connected).to.equal(true)
    page.close()
  })

  it('is refused without a fault: what a socket is opened with', async () => {
    const { key, installation, boot } = await border.get.register()
    const property = fc.asyncProperty(broken({ key, installation, boot, protocol: 1 }), async (auth) => {
      const dialled = border.get.dial({ ...(auth as typeof agent.dial) })
      const heard = await Promise.race([dialled.told.next('refused'), dialled.told.next('connected')])
      if (heard.kind === 'refused')
        expect(heard.problem?.status, JSON.stringify(heard.problem)).to.be.below(500)
      dialled.close()
    })
    await fc.assert(property, { numRuns: 40 })
  })
})
