import type * as z from 'zod'

/** What a tool is given and what it answers. */
export interface Tool {
  readonly name: string
  readonly version: number
  readonly title: string
  readonly about: string
  readonly params: z.ZodType
  readonly output: z.ZodType
  /** Light jobs run beside the agent's slots. */
  readonly light: boolean
}
