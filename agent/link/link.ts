/** The wire to the server, whatever it is made of: a socket, or single HTTP calls where a socket can't be had. */
import type * as z from 'zod'
import { agentSays, type serverSays } from '#specs/agent-link.ts'
import { Problem, type ProblemCode } from '#specs/problem.ts'

export type AgentWord = keyof typeof agentSays
export type InputOf<W extends AgentWord> = z.input<(typeof agentSays)[W]['input']>
export type AnswerOf<W extends AgentWord> = z.output<(typeof agentSays)[W]['answer']>

export type ServerWord = keyof typeof serverSays
export type ToldBy<W extends ServerWord> = z.output<(typeof serverSays)[W]['input']>

/** Whoever is told what the server says. What is returned, or resolved, is the answer to a probe or a replay. */
export type Listener = { readonly [W in ServerWord]: (told: ToldBy<W>) => unknown }

export interface Link {
  readonly kind: 'socket' | 'http'
  /** Resolves with the answer; rejects with a Refused, or with a LinkDown where there was none. */
  call<W extends AgentWord>(word: W, body: InputOf<W>): Promise<AnswerOf<W>>
  /** Resolves with the reason when it is gone. */
  readonly closed: Promise<string>
  close(reason: string): void
}

/** How often the agent asks by itself where the server can't tell it. */
export const askEveryMs = 1_000

/** The server did not answer: nobody knows whether it heard. */
export class LinkDown extends Error {
  override readonly name = 'LinkDown'
}

/** The server answered, and said no. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
  get code(): ProblemCode {
    return this.problem.code
  }
}

/** What was asked for is wrong, and stays wrong however often it is asked for. Everything else may pass. */
const lasting: readonly ProblemCode[] = [
  'bad_request',
  'bad_json',
  'bad_input',
  'too_large',
  'not_found',
  'already_exists',
  'in_use',
  'gone',
]
export function mayPass(error: unknown): boolean {
  return !(error instanceof Refused && lasting.includes(error.code))
}

/** A problem as the server tells it, or one that says that it told something else. */
export function problemFrom(told: unknown, otherwise: string): Problem {
  const parsed = Problem.safeParse(told)
  if (parsed.success) return parsed.data
  return { type: 'about:blank', title: 'Not understood', status: 500, code: 'internal', detail: otherwise }
}

/** Checks an answer against the contract. */
export function parseAnswer<W extends AgentWord>(word: W, value: unknown): AnswerOf<W> {
  const parsed = agentSays[word].answer.safeParse(value)
  if (parsed.success) return parsed.data as AnswerOf<W>
  throw new Refused(problemFrom(null, `the server's answer to '${word}' is not what was agreed upon`))
}
