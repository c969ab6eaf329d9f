/** How calls are made: as fast as some callers can, or at a given rate whatever happens. */
import { setTimeout as pause } from 'node:timers/promises'

/** Milliseconds on a clock that all processes of this machine share. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

export type Amount = { readonly calls: number } | { readonly ms: number }

/** `callers` loops, each making its next call when its last has ended. Returns how many calls were made in how long. */
export async function callInParallel(
  callers: number,
  amount: Amount,
  call: (number: number) => Promise<unknown>,
) {
  const began = nowMs()
  const callsMax = 'calls' in amount ? amount.calls : Infinity
  const until = 'ms' in amount ? began + amount.ms : Infinity
  let calls = 0
  const loop = async () => {
    while (calls < callsMax && nowMs() < until) await call(calls++)
  }
  await Promise.all(Array.from({ length: callers }, loop))
  return { calls, ms: nowMs() - began }
}

/** Poisson arrivals: an open loop, so a slow answer doesn't slow the next call down. */
export async function callAtRate(
  perSecond: number,
  forMs: number,
  call: (number: number) => Promise<unknown>,
): Promise<number> {
  const under = new Set<Promise<unknown>>()
  const until = nowMs() + forMs
  let calls = 0
  for (let next = nowMs(); next < until; next += (-Math.log(1 - Math.random()) * 1000) / perSecond) {
    const wait = next - nowMs()
    if (wait > 0.5) await pause(wait)
    const running = call(calls++).finally(() => under.delete(running))
    under.add(running)
  }
  await Promise.all(under)
  return calls
}
