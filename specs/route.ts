/** How one route is declared: enough to parse it, to guard it, to document it and to test it. */
import type * as z from 'zod'
import type { Scope } from './people.ts'
import type { ProblemCode } from './problem.ts'

/** Who may call it. 'agent': with an agent's key. 'system': an admin of the whole installation. */
export type Who = 'anyone' | 'viewer' | 'operator' | 'admin' | 'system' | 'agent'

export interface Route {
  readonly method: 'get' | 'post' | 'patch' | 'delete'
  /** Parameters in braces: '/api/v1/jobs/{job}'. */
  readonly path: string
  readonly summary: string
  readonly tag: string
  readonly who: Who
  /** Whose networks it may be called from, where `who` does not say it. */
  readonly from?: 'agents' | 'admins'
  /** What an API token needs to call it. */
  readonly scope: Scope | null
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  readonly answer: z.ZodType
  /** 200 where absent. */
  readonly status?: 200 | 201 | 202
  /** Beside those that every route has. */
  readonly problems?: readonly ProblemCode[]
}

type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined

/** What a handler of the route is given, parsed, and what it answers. */
export type Given<R extends Route> = {
  readonly params: Parsed<R['params']>
  readonly query: Parsed<R['query']>
  readonly body: Parsed<R['body']>
}
export type AnswerOf<R extends Route> = z.input<R['answer']>

export function route<const R extends Route>(declared: R): R {
  return declared
}
