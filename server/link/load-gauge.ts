/** Tells when an agent's load has changed so much that its actor has to know: placement and pages go by it, in coarse steps. */
import type { Disk, Load } from '#specs/agents.ts'

const stepPercent = 20
/** Of a disk's size: so much is worth a look. */
const diskStepPercent = 5
const betweenMs = 10_000

export class LoadGauge {
  readonly #now: () => number
  #told: Load | null = null
  #toldAt = Number.NEGATIVE_INFINITY
  latest: Load | null = null

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Takes the load and says whether it is to be told. */
  read(load: Load): boolean {
    this.latest = load
    const now = this.#now()
    if (this.#told && (now - this.#toldAt < betweenMs || !differs(this.#told, load))) return false
    this.#told = load
    this.#toldAt = now
    return true
  }
}

function differs(before: Load, after: Load): boolean {
  return (
    Math.abs(before.cpuPercent - after.cpuPercent) >= stepPercent ||
    Math.abs(before.memoryPercent - after.memoryPercent) >= stepPercent ||
    before.threads !== after.threads ||
    disksDiffer(before.disks ?? [], after.disks ?? [])
  )
}

function disksDiffer(before: readonly Disk[], after: readonly Disk[]): boolean {
  if (before.length !== after.length) return true
  return after.some(({ path, freeBytes, totalBytes }, at) => {
    const known = before[at]
    if (known?.path !== path) return true
    return Math.abs(known.freeBytes - freeBytes) * 100 >= diskStepPercent * totalBytes && totalBytes > 0
  })
}
