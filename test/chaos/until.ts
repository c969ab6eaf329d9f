import { setTimeout as pause } from 'node:timers/promises'

const everyMs = 20

/** Looks again and again until something is so. `told` says, when it takes too long, what is so instead. */
export async function until(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  { withinMs = 45_000, told = () => '' }: { withinMs?: number; told?: () => Promise<string> | string } = {},
): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}\n${await told()}`)
    await pause(everyMs)
  }
}
