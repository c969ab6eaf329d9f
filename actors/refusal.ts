/** How actors say no: a sentence, and the code under which the border shows it. */
import * as z from 'zod'
import { ProblemCode } from '#specs/problem.ts'

/** The detail of every refusal: `ctx.refuse(sentence, { code })`. */
export const Refusal = z.object({ code: ProblemCode })
