/** Amounts as people read them. */

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** '1.2 GB': three digits at most, decimal units as on the box of a disk. */
export function bytes(amount: number): string {
  let at = 0
  let left = amount
  while (left >= 999.5 && at < units.length - 1) {
    left /= 1000
    at++
  }
  const digits = at === 0 || left >= 99.95 ? 0 : left >= 9.995 ? 1 : 2
  return `${left.toFixed(digits)} ${units[at]}`
}

const grouped = new Intl.NumberFormat('en')

/** '12,345' */
export function number(amount: number): string {
  return grouped.format(amount)
}

/** '1 agent', '2 agents', '3 entries'. */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${number(amount)} ${amount === 1 ? one : many}`
}

/** A share of a whole in percent, 0 where there is no whole. 100 only when all is done. */
export function percent(part: number, whole: number): number {
  if (whole <= 0) return 0
  const share = Math.min(1, part / whole)
  return share === 1 ? 100 : Math.min(99, Math.floor(share * 100))
}
