/** Whether an answer is one that may be given, whatever was sent: what is declared, or a problem that says the way out. */
import { isDeepStrictEqual } from 'node:util'
import type * as z from 'zod'
import type { Answer } from '#specs/agent-link.ts'
import { Problem, statusOf } from '#specs/problem.ts'
import type { Route } from '#specs/route.ts'
import { checkAnswer } from '../support/api.ts'
import type { Received } from './sender.ts'

/** What only the inside of the server looks like. */
const inside = /node_modules|\bat .+\.ts:\d|Error:|select |insert into/

/** What is wrong about the answer of a route; undefined where nothing is. */
export function faultInReceived(route: Route, { status, headers, text }: Received): string | undefined {
  return faultIn(text, () => {
    if (status >= 500) throw new Error(`status ${status}`)
    const body: unknown = JSON.parse(text)
    checkAnswer(route, { status, headers }, body)
    if (status < 300) return
    checkProblem(Problem.parse(body))
    if (status === 429 && !(Number(headers.get('retry-after')) > 0))
      throw new Error('it does not say when to come again')
  })
}

/** What is wrong about an answer on a socket. */
export function faultInAnswer(schema: z.ZodType, answer: Answer<unknown>): string | undefined {
  return faultIn(JSON.stringify(answer), () => {
    if (!answer.ok) return checkProblem(Problem.strict().parse(answer.problem))
    const parsed: unknown = schema.parse(answer.value)
    if (!isDeepStrictEqual(parsed, answer.value)) throw new Error('it answers more than is declared')
  })
}

/** What is wrong about a problem. */
export function faultInProblem(problem: unknown): string | undefined {
  return faultIn(JSON.stringify(problem), () => checkProblem(Problem.strict().parse(problem)))
}

function checkProblem({ code, status, detail, fields }: Problem): void {
  if (status >= 500) throw new Error(`status ${status}`)
  if (statusOf[code] !== status) throw new Error(`status ${status} is not that of ${code}`)
  if (inside.test(detail)) throw new Error('it shows its inside')
  if (detail.length < 10) throw new Error('it does not say what is wrong')
  if (code !== 'bad_input') return
  if (!fields?.length || fields.some(({ message }) => message === ''))
    throw new Error('it does not say which field is wrong, and how')
}

function faultIn(said: string | undefined, check: () => void): string | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}; it said ${said?.slice(0, 500)}`
  }
}
