/** How the command line shows things. */

export type Say = (line: string) => void

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** '3 min ago'. */
export function ago(at: number | null, now = Date.now()): string {
  if (at === null) return 'never'
  const passed = Math.max(0, now - at)
  const [unit, size] = units.find(([, of]) => passed >= of) ?? ['s', 1_000]
  return `${Math.floor(passed / size)} ${unit} ago`
}

/** 'reading: 128 of 1000 (12 %)'. */
export function progressOf(progress: { done: number; total: number | null; stage: string } | null): string {
  if (progress === null) return ''
  const { done, total, stage } = progress
  if (total === null || total === 0) return `${stage}: ${done}`
  return `${stage}: ${done} of ${total} (${Math.floor((100 * done) / total)} %)`
}

export function jsonOf(value: unknown): string {
  return JSON.stringify(value, null, 2)
}
