/** How the command line shows things. */

export type Say = (line: string) => void

/** Columns as wide as their widest cell. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows]
  const widths = head.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)))
  return all.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

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

/** '128 of 1,000 files (13 %)'. */
export function progressOf(progress: { done: number; total: number | null; stage: string } | null): string {
  if (progress === null) return ''
  const { done, total, stage } = progress
  if (total === null || total === 0) return `${stage}: ${done}`
  return `${stage}: ${done} of ${total} (${Math.floor((100 * done) / total)} %)`
}
