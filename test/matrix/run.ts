/**
 * Callers x routes x ids. Each cell is one request; what it comes to has to be what the table of routes promises, and never has anything
 * of another team in it.
 */
import { allRoutes, type RouteName } from '#specs/routes.ts'
import { Api, type CallInput } from '../support/api.ts'
import type { MatrixCaller } from './callers.ts'
import { verdictOn } from './expected.ts'
import { serves } from './ground.ts'
import { samples, type Things } from './samples.ts'
import { marksOfOthers, noId, prefixOfThing, type Stage } from './stage.ts'

/** One line for each cell that is not as it has to be. */
export interface Outcome {
  readonly cells: number
  readonly faults: readonly string[]
}

/**
 * What the cells of all of them come to. Users call in turn, because each sees what the others do, and meanwhile those who can do
 * nothing. Agents call at once: their calls are held for a while.
 */
export async function callByAll(stage: Stage, callers: readonly MatrixCaller[]): Promise<Outcome> {
  const {
    users = [],
    refused = [],
    agents = [],
  } = Object.groupBy(callers, ({ kind, counts }) => {
    if (!counts) return 'refused'
    return kind === 'agent' ? 'agents' : 'users'
  })
  const outcomes: Outcome[] = []
  const callInTurn = async (some: readonly MatrixCaller[]) => {
    for (const caller of some) {
      const { cells, faults } = await callAll(stage, caller)
      outcomes.push({ cells, faults: faults.map((fault) => `${caller.name}: ${fault}`) })
    }
  }
  await Promise.all([callInTurn(users), callInTurn(refused)])
  await Promise.all(agents.map((agent) => callInTurn([agent])))
  return {
    cells: outcomes.reduce((sum, { cells }) => sum + cells, 0),
    faults: outcomes.flatMap(({ faults }) => faults),
  }
}

/** What the cells of one caller come to. Leaves out the routes that nobody handles. */
export async function callAll(stage: Stage, caller: MatrixCaller): Promise<Outcome> {
  const api = new Api(stage.ground.url, caller.proof)
  const faults: string[] = []
  let [cells, said] = [0, '']
  for (const name of inOrder(stage, caller)) {
    const call: Call = async (what, input) => {
      cells++
      said += JSON.stringify(input)
      const { status, body } = await api.try(name, input).catch((error: unknown) => ({
        status: 0,
        body: String(error),
      }))
      if (status === 0 || status >= 500) faults.push(`${name} ${what}: ${status} ${JSON.stringify(body)}`)
      for (const leak of leaksIn(stage, caller, name, said, JSON.stringify(body)))
        faults.push(`${name} ${what}: shows ${leak}`)
      return { status, body }
    }
    const cell = { stage, caller, name, call }
    const found = [...(await callRoute(cell)), ...(await callElsewhere(cell))]
    faults.push(...found.map((fault) => `${name} ${fault}`))
  }
  return { cells, faults }
}

interface Answered {
  readonly status: number
  readonly body: unknown
}
type Call = (what: string, input: CallInput) => Promise<Answered>
interface Cell {
  readonly stage: Stage
  readonly caller: MatrixCaller
  readonly name: RouteName
  readonly call: Call
}

/** The route itself, and with every kind of id where it names one. */
async function callRoute({ stage, caller, name, call }: Cell): Promise<string[]> {
  const { input, names, spends } = samples[name]
  const verdict = verdictOn(name, allRoutes.get(name) ?? never(name), caller)
  const faults: string[] = []
  const expect = (what: string, { status, body }: Answered, allowed: (status: number) => boolean) => {
    const right = verdict === 'allowed' ? allowed(status) : (body as { code?: string }).code === verdict
    if (!right)
      faults.push(`${what}: ${verdict} was expected, it was ${status} ${JSON.stringify(body).slice(0, 300)}`)
  }
  if (names === undefined) {
    const [what, secret] = ['plainly', anonymous[name]]
    expect(what, await call(what, input()), secret === undefined ? isDone : (status) => status === secret)
    return faults
  }
  const given = (id: string): CallInput => ({ ...input(), params: { [paramOf(name)]: id } })
  if (verdict === 'allowed' && caller.team !== null) {
    const id = spends ? await stage.fresh(names, caller.team, caller) : await ownOf(stage, caller, name)
    expect('with its own id', await call('with its own id', given(id)), isDone)
  }
  const answers = [
    await call('with a foreign id', given(others(stage, caller)[names])),
    await call('with an unknown id', given(noThings[names])),
    await call('with a malformed id', given('me')),
  ]
  for (const answer of answers) expect('with an id that is not its own', answer, (status) => status === 404)
  if (new Set(answers.map((answer) => JSON.stringify(answer))).size > 1)
    faults.push(`tells foreign, unknown and malformed ids apart: ${JSON.stringify(answers)}`)
  return faults
}

/** What is another team's, named in a filter, a cursor or the body, is like what nobody has. */
async function callElsewhere({ stage, caller, name, call }: Cell): Promise<string[]> {
  const { input, elsewhere, later } = samples[name]
  const [theirs, nobodys] = [elsewhere?.(others(stage, caller)) ?? [], elsewhere?.(noThings) ?? []]
  const faults: string[] = []
  for (const [at, other] of theirs.entries()) {
    const what = `with what is another team's: ${JSON.stringify(other)}`
    const found = await call(what, { ...input(), ...other })
    // A cursor only says from where on to list.
    if (later || other.query?.['after'] !== undefined) continue
    const none = await call('with what nobody has', { ...input(), ...nobodys[at] })
    if (withoutIds(found) !== withoutIds(none))
      faults.push(`${what}: is not the same as unknown: ${JSON.stringify([found, none])}`)
  }
  return faults
}

const noThings = Object.fromEntries(
  Object.entries(prefixOfThing).map(([thing, prefix]) => [thing, noId(prefix)]),
) as Things

function others({ theirs }: Stage, { team }: MatrixCaller): Things {
  return team === 'B' ? theirs.A : theirs.B
}

function withoutIds(answer: Answered): string {
  return JSON.stringify(answer)
    .replaceAll(/[a-z]{3}_[0-9a-z]{26}/g, 'id')
    .replaceAll(/"now":\d+(\.\d+)?/g, '"now"')
}

/** For anyone, but not without the secret that comes with it. */
const anonymous: Readonly<Partial<Record<RouteName, number>>> = {
  welcome: 410,
  signIn: 401,
  refreshJwt: 401,
  registerAgent: 422,
}

/** Done, or refused for the state in which the thing is. */
function isDone(status: number): boolean {
  return status < 300 || status === 409 || status === 410
}

/** What ends the caller comes last. */
function inOrder({ ground }: Stage, { kind }: MatrixCaller): RouteName[] {
  const last: readonly RouteName[] = kind === 'agent' ? ['deregister'] : ['signOut']
  const served = [...allRoutes.keys()].filter((name) => serves(ground, name))
  return [...served.filter((name) => !last.includes(name)), ...last.filter((name) => served.includes(name))]
}

async function ownOf(stage: Stage, caller: MatrixCaller, name: RouteName): Promise<string> {
  const { names = 'user' } = samples[name]
  return names === 'token'
    ? await stage.fresh(names, caller.team ?? 'A', caller)
    : stage.theirs[caller.team ?? 'A'][names]
}

function paramOf(name: RouteName): string {
  return /\{(\w+)\}/.exec(allRoutes.get(name)?.path ?? '')?.[1] ?? never(name)
}

/** What the caller itself has said does not count. */
function leaksIn(stage: Stage, caller: MatrixCaller, name: RouteName, said: string, text: string): string[] {
  if (name === 'listTeams') return []
  return marksOfOthers(stage, caller).filter((mark) => text.includes(mark) && !said.includes(mark))
}

function never(name: string): never {
  throw new Error(`${name} is no route`)
}
