/**
 * Callers x events x ids, over sockets. What an event says of another team, or of an attempt that another agent has, has to be answered
 * as what nobody has, and nothing that is heard may have anything of another team in it.
 */
import type { Socket } from 'socket.io-client'
import { type Answer, agentSays } from '#specs/agent-link.ts'
import type { RunningAttempt } from '#specs/agents.ts'
import { dashboardSays } from '#specs/live.ts'
import type { TestAgent } from '../../server/link/test-agent.ts'
import { TestPage } from '../../server/live/test-page.ts'
import type { Api } from '../../support/api.ts'
import { agentFacts, type MatrixCaller } from '../callers.ts'
import type { Outcome } from '../run.ts'
import { marksOfOthers, noId } from '../stage.ts'
import { dialOf } from './doors.ts'
import { type AgentWord, agentWords, type Named, type PageWord, pageWords } from './words.ts'
import type { SocketStage } from './work.ts'

/** Marks of other teams, and the ids of what they have under way. */
export function marksOn({ stage, work }: SocketStage, caller: MatrixCaller): string[] {
  const others = (['A', 'B'] as const).filter((team) => team !== caller.team)
  return [...marksOfOthers(stage, caller), ...others.flatMap((team) => work[team].ids)]
}

/** What an agent's words come to. It stays connected: its leaving would change its team's rows. */
export async function agentSpeaks(on: SocketStage, caller: MatrixCaller): Promise<Outcome> {
  const { border, stage, work } = on
  const { agent: enrolled, team } = caller
  if (enrolled === null || team === null) throw new Error(`${caller.name} is no agent`)
  const agent = await border.connect({ agent: enrolled.agent, facts: agentFacts, ...dialOf(enrolled) })
  const speaker = new Speaker(agent.socket, marksOn(on, caller))
  const notIts = Object.values(work).flatMap(({ named }) => named.map(({ job }) => job))
  for (const event of Object.keys(agentSays)) {
    const word = wordOf(agentWords, event)
    const { counts, payload } = word
    if (counts === undefined) {
      speaker.expect(`${event} plainly`, await speaker.say(event, payload(nobodys)), ({ ok }) => ok)
      continue
    }
    await sayOwn({ agent, speaker, event, word, api: stage.admins[team].api })
    const unknown = await reactionTo(agent, speaker, event, word, nobodys)
    for (const job of notIts)
      for (const attempt of [1, 2]) {
        const found = await reactionTo(agent, speaker, event, word, { job, attempt })
        speaker.expectAlike(`${event} of what is not its own`, found, unknown)
      }
    for (const job of malformed(nobodys.job)) {
      const answer = await speaker.say(event, payload({ job, attempt: 1 }))
      speaker.expect(`${event} with a malformed id`, answer, isBadInput)
    }
  }
  speaker.look('what it was told', agent.told.all)
  return speaker.outcome
}

/** What a page's words come to. */
export async function pageSpeaks(on: SocketStage, caller: MatrixCaller): Promise<Outcome> {
  const { border, work } = on
  const { team, proof } = caller
  const page = new TestPage(border.server.url, proof)
  const speaker = new Speaker(page.socket, marksOn(on, caller))
  const own = team === null ? [] : work[team].named
  const others = Object.values(work).filter((one) => team === null || one !== work[team])
  let shown = ''
  for (const event of Object.keys(dashboardSays)) {
    for (const { names, payload } of wordOf(pageWords, event)) {
      const say = async (named: Named) => await speaker.say(event, payload(named))
      const once = ([first]: readonly Named[]) => (first === undefined ? [] : [first])
      const all = (named: readonly Named[]) => (names.includes('job') ? named : once(named))
      for (const named of names.length === 0 ? [nobodysNamed] : all(own)) {
        const answer = await say(named)
        shown += JSON.stringify(answer)
        speaker.expect(`${event} with its own`, answer, ({ ok }) => ok)
      }
      if (names.length === 0) continue
      const unknown = await say(nobodysNamed)
      for (const named of others.flatMap((one) => all(one.named)))
        speaker.expectAlike(`${event} with what is another team's`, await say(named), unknown)
      for (const named of malformedNamed(names))
        speaker.expect(`${event} with a malformed id`, await say(named), isBadInput)
    }
  }
  if (team !== null && !shown.includes(work[team].mark)) speaker.fault('nothing of its own is shown')
  speaker.look('what it was told', page.heard.all)
  page.close()
  return speaker.outcome
}

const nobodys = { job: noId('job'), attempt: 1 }
const nobodysNamed = { job: noId('job'), agent: noId('agt'), position: { epoch: 'of nobody', version: 1 } }

interface Own {
  readonly agent: TestAgent
  readonly speaker: Speaker
  readonly event: string
  readonly word: AgentWord
  /** Of its team's admin. */
  readonly api: Api
}

/** With an attempt of its own it counts; afterwards nothing is left of that. */
async function sayOwn({ agent, speaker, event, word, api }: Own) {
  const { counts, isTaken = () => true } = word
  const { id: job } = await api.ok('submitJob', { body: { tool: 'selftest.echo', agent: agent.id } })
  const { attempt: number } = await agent.offer()
  const attempt = { job, attempt: number }
  if (counts !== 'offered') await agent.say('accept', attempt)
  if (counts === 'started') await agent.say('started', attempt)
  const { answer, told } = await reactionTo(agent, speaker, event, word, attempt)
  speaker.expect(
    `${event} of its own`,
    answer,
    () => answer.ok && isTaken(answer.value, attempt) && told.length === 0,
  )
  await agent.try('finish', { ...attempt, outcome: 'completed', frames: 0 })
  await api.try('cancelJob', { params: { job }, body: {} })
}

/** The answer, and what it is told to stop beside it: that comes before the answer to what it says next of the same attempt. */
async function reactionTo(
  agent: TestAgent,
  speaker: Speaker,
  event: string,
  { payload, stops }: AgentWord,
  attempt: RunningAttempt,
) {
  const before = agent.told.all.length
  const answer = await speaker.say(event, payload(attempt))
  if (stops) await speaker.say('frames', agentWords.frames.payload(attempt))
  const told = agent.told.all.slice(before).filter(({ kind }) => kind === 'cancel')
  return { answer, told: told.map((one) => JSON.stringify(one).replace(/"attempt":\d+/, '"attempt"')) }
}

function wordOf<W>(words: Readonly<Record<string, W>>, event: string): W {
  const word = words[event]
  if (word === undefined) throw new Error(`nobody has said what '${event}' is said with`)
  return word
}

function malformed(id: string): string[] {
  return ['me', '', id.toUpperCase(), `${id}'`]
}

function malformedNamed(names: PageWord['names']): Named[] {
  return names.flatMap((name) =>
    name === 'position'
      ? []
      : ['me', '', `${nobodysNamed[name]}'`].map((id) => ({ ...nobodysNamed, [name]: id })),
  )
}

function isBadInput(answer: Answer<unknown>): boolean {
  return !answer.ok && answer.problem.code === 'bad_input'
}

/** Ids, and where a topic's count stands, differ between any two answers. */
function withoutIds(answer: unknown): string {
  return JSON.stringify(answer)
    .replaceAll(/[a-z]{3}_[0-9a-z]{26}/g, 'id')
    .replaceAll(/"now":[\d.]+/g, '"now"')
    .replaceAll(/"at":\{[^}]*\}/g, '"at"')
}

/** One who says something over a socket, and looks at all that comes back. What it has said itself gives nothing away. */
class Speaker {
  readonly #socket: Socket
  readonly #marks: readonly string[]
  readonly #faults: string[] = []
  #cells = 0
  #said = ''

  constructor(socket: Socket, marks: readonly string[]) {
    this.#socket = socket
    this.#marks = marks
  }

  get outcome(): Outcome {
    return { cells: this.#cells, faults: this.#faults }
  }

  async say(event: string, payload: unknown): Promise<Answer<unknown>> {
    this.#cells++
    this.#said += JSON.stringify(payload)
    const answer = (await this.#socket.emitWithAck(event, payload)) as Answer<unknown>
    this.look(event, answer)
    return answer
  }

  /** Finds what other teams have left in it. */
  look(what: string, shown: unknown) {
    const text = JSON.stringify(shown)
    for (const mark of this.#marks)
      if (text.includes(mark) && !this.#said.includes(mark)) this.#faults.push(`${what} shows ${mark}`)
  }

  fault(what: string) {
    this.#faults.push(what)
  }

  expect(what: string, answer: Answer<unknown>, isSo: (answer: Answer<unknown>) => boolean) {
    if (!isSo(answer)) this.#faults.push(`${what}: it was ${JSON.stringify(answer).slice(0, 300)}`)
  }

  expectAlike(what: string, found: unknown, unknown: unknown) {
    if (withoutIds(found) === withoutIds(unknown)) return
    this.#faults.push(`${what} is not the same as unknown: ${JSON.stringify([found, unknown]).slice(0, 600)}`)
  }
}
