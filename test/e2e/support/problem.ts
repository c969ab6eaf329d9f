import { type Problem, type ProblemCode, statusOf } from '#specs/problem.ts'

export function problem(code: ProblemCode, detail: string): Problem {
  return { type: 'about:blank', title: code, status: statusOf[code], code, detail }
}
