/**
 * Callers x routes x ids. Each cell is one request; what it comes to has to be what the table of routes promises, and never has anything
 * of another team in it.
 */
import { allRoutes, type RouteName } from '#specs/routes.ts'
import { Api, type CallInput } from '../support/api.ts'
import { verdictOn } from './expected.ts'
import { samples, type Things } from './samples.ts'
import { type MatrixCaller, noId, prefixOfThing, serves, type Stage } from './stage.ts'

/** One line for each cell that is not as it has to be. */
export interface Outcome {
  readonly cells: number
  readonly faults: readonly string[]
}

/** What the cells of one caller come to. Leaves out the routes that nobody handles. */
export async function callAll(stage: Stage, caller: MatrixCaller): Promise<Outcome> {
  const api = new Api(stage.system.url, caller.proof)
  const faults: string[] = []
  let cells = 0
  for (const name of inOrder(stage, caller)) {
    const call = async (what: string, input: CallInput): Promise<{ status: number; body: unknown }> => {
      cells++
      const { status, body } = await api.try(name, input).catch((error: unknown) => ({
        status: 0,
        body: String(error),
      }))
      if (status === 0 || status >= 500) faults.push(`${name} ${what}: ${status} ${JSON.stringify(body)}`)
      for (const leak of leaksIn(stage, caller, name, input, JSON.stringify(body)))
        faults.push(`${name} ${what}: shows ${leak}`)
      return { status, body }
    }
    faults.push(...(await callRoute(stage, caller, name, call)).map((fault) => `${name} ${fault}`))
  }
  return { cells, faults }
}

const noThings = Object.fromEntries(
  Object.entries(prefixOfThing).map(([thing, prefix]) => [thing, noId(prefix)]),
) as Things

type Call = (what: string, input: CallInput) => Promise<{ status: number; body: unknown }>

async function callRoute(stage: Stage, caller: MatrixCaller, name: RouteName, call: Call): Promise<string[]> {
  const { input, names, spends, elsewhere } = samples[name]
  const verdict = verdictOn(name, allRoutes.get(name) ?? never(name), caller)
  const faults: string[] = []
  const expect = (
    what: string,
    { status, body }: { status: number; body: unknown },
    allowed: (status: number) => boolean,
  ) => {
    const code = (body as { code?: string }).code
    const right = verdict === 'allowed' ? allowed(status) : code === verdict
    if (!right)
      faults.push(`${what}: ${verdict} was expected, it was ${status} ${JSON.stringify(body).slice(0, 300)}`)
  }
  const own = caller.team ?? 'A'
  if (names === undefined) {
    expect(
      'plainly',
      await call('plainly', input()),
      name in anonymous ? (status) => status === anonymous[name] : isDone,
    )
  } else {
    const prefix = prefixOfThing[names]
    const given = (id: string): CallInput => ({ ...input(), params: { [paramOf(name)]: id } })
    const mine = verdict === 'allowed' && caller.team !== null
    if (mine) {
      const id = spends ? await stage.fresh(names, own, caller) : await ownOf(stage, caller, name)
      expect('with its own id', await call('with its own id', given(id)), isDone)
    }
    const foreign = caller.team === 'B' ? stage.theirs.A : stage.theirs.B
    const answers = [
      await call('with a foreign id', given(foreign[names])),
      await call('with an unknown id', given(noId(prefix))),
      await call('with a malformed id', given('me')),
    ]
    for (const answer of answers) expect('with an id that is not its own', answer, (status) => status === 404)
    if (new Set(answers.map((answer) => JSON.stringify(answer))).size > 1)
      faults.push(`tells foreign, unknown and malformed ids apart: ${JSON.stringify(answers)}`)
  }
  const theirs = caller.team === 'B' ? stage.theirs.A : stage.theirs.B
  const [foreign, unknown] = [elsewhere?.(theirs) ?? [], elsewhere?.(noThings) ?? []]
  for (const [at, other] of foreign.entries()) {
    const what = `with what is another team's: ${JSON.stringify(other)}`
    const found = await call(what, { ...input(), ...other })
    // A cursor only says from where on to list.
    if (other.query?.['after'] !== undefined) continue
    const none = await call('with what nobody has', { ...input(), ...unknown[at] })
    if (JSON.stringify(found) !== JSON.stringify(none))
      faults.push(`${what}: is not the same as unknown: ${JSON.stringify([found, none])}`)
  }
  return faults
}

/** For anyone, but not without the secret that comes with it. */
const anonymous: Readonly<Partial<Record<RouteName, number>>> = {
  welcome: 410,
  signIn: 401,
  registerAgent: 422,
}

/** Done, or refused for the state in which the thing is. */
function isDone(status: number): boolean {
  return status < 300 || status === 409 || status === 410
}

/** What ends the caller comes last. */
function inOrder({ system }: Stage, { kind }: MatrixCaller): RouteName[] {
  const last: readonly RouteName[] = kind === 'agent' ? ['deregister'] : ['signOut']
  const served = [...allRoutes.keys()].filter((name) => serves(system, name))
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

/** What the other team's things have in them and nothing else has. What the caller itself has said does not count. */
function leaksIn(
  stage: Stage,
  caller: MatrixCaller,
  name: RouteName,
  input: CallInput,
  text: string,
): string[] {
  if (name === 'listTeams') return []
  const others =
    caller.team === null ? (['A', 'B'] as const) : caller.team === 'A' ? (['B'] as const) : (['A'] as const)
  const said = JSON.stringify(input)
  const canaries = others.flatMap((team) => [`canary-${team}`, ...Object.values(stage.theirs[team])])
  return canaries.filter((canary) => text.includes(canary) && !said.includes(canary))
}

function never(name: string): never {
  throw new Error(`${name} is no route`)
}
