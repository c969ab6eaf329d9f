import { setTimeout as pause } from 'node:timers/promises'

/** A condition for work; rejects with the reason while it doesn't hold. */
export type Check = () => Promise<unknown>

export type Readiness = { readonly ready: boolean; readonly reasons: readonly string[] }

/** Asks every check at once. One that doesn't answer in time counts as failed: a probe must never hang. */
export async function checkReadiness(
  checks: Readonly<Record<string, Check>>,
  timeoutMs: number,
): Promise<Readiness> {
  const asked = Object.entries(checks).map(([name, check]) => reasonOf(name, check, timeoutMs))
  const reasons = (await Promise.all(asked)).filter((reason) => reason !== undefined)
  return { ready: reasons.length === 0, reasons }
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
