import { setTimeout as pause } from 'node:timers/promises'

/** A condition for work; rejects with the reason while it doesn't hold. */
export type Check = () => Promise<unknown>

/** What the server has to do without, so that it is slower than it should be; null where nothing is. */
export type Warning = () => string | null

export type Readiness = {
  readonly ready: boolean
  readonly reasons: readonly string[]
  /** It works, but not as it should. */
  readonly warnings?: readonly string[]
}

/** Asks every check at once. One that doesn't answer in time counts as failed: a probe must never hang. */
export async function checkReadiness(
  checks: Readonly<Record<string, Check>>,
  timeoutMs: number,
  warnings: Readonly<Record<string, Warning>> = {},
): Promise<Readiness> {
  const asked = Object.entries(checks).map(([name, check]) => reasonOf(name, check, timeoutMs))
  const reasons = (await Promise.all(asked)).filter((reason) => reason !== undefined)
  const warned = Object.entries(warnings).flatMap(([name, warning]) => {
    const told = warning()
    return told === null ? [] : [`${name}: ${told}`]
  })
  return { ready: reasons.length === 0, reasons, ...(warned.length > 0 && { warnings: warned }) }
}

async function reasonOf(name: string, check: Check, timeoutMs: number): Promise<string | undefined> {
  const answered = new AbortController()
  const late = pause(timeoutMs, `${name}: no answer within ${timeoutMs} ms`, { signal: answered.signal })
  late.catch(() => {})
  const asked = check().then(
    () => undefined,
    (error: unknown) => `${name}: ${error instanceof Error ? error.message : String(error)}`,
  )
  try {
    return await Promise.race([asked, late])
  } finally {
    answered.abort()
  }
}
