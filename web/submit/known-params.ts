import * as z from 'zod'

const Params = z.record(z.string(), z.unknown())

/** What the address says that a tool is given; nothing where it says nothing that makes sense. */
export function knownParams(text: string | undefined): Record<string, unknown> {
  try {
    return Params.safeParse(JSON.parse(text ?? '{}')).data ?? {}
  } catch {
    return {}
  }
}
