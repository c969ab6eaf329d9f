/** Every limit and every interval of a node, with its default. */
export interface Settings {
  /** A node that has not renewed its lease for so long may be replaced. */
  readonly leaseMs: number
  /** Between two sweeps; the lease is renewed with each. */
  readonly sweepMs: number
  /** Turns and sends in one commit. */
  readonly groupMax: number
  /** Turns run before input and output are let in. */
  readonly sliceMax: number
  /** Messages held in memory; the rest waits in the database. */
  readonly windowMax: number
  /** Messages read at once. */
  readonly readMax: number
  /** Put-off messages and timers held in memory, the earliest first. */
  readonly deferredMax: number
  /** Actors held in memory. */
  readonly residentsMax: number
  /** An actor idle for so long is put to sleep. */
  readonly passivateMs: number
  /** Turns with SQL of their own at the same time. */
  readonly sqlTurnsMax: number
  /** Offloaded tasks at the same time. */
  readonly offloadsMax: number
  /** Notifications: a token bucket. */
  readonly notifyPerSecond: number
  readonly notifyBurst: number
  /** How long an ask waits where the caller gives no time. */
  readonly askTimeoutMs: number
  /** Process deaths while a message ran alone, before it becomes a dead letter. */
  readonly crashesMax: number
  /** Attempts at a message for which the world was not ready. */
  readonly unavailableAttemptsMax: number
  /** How long a stopping node waits for turns that are under way. */
  readonly stopMs: number
  readonly tidyMs: number
  readonly historyMs: number
  readonly historyMaxBytes: number | null
  readonly answersMs: number
}

const day = 24 * 3_600_000

export const defaults: Settings = {
  leaseMs: 6_000,
  sweepMs: 1_000,
  groupMax: 1_000,
  sliceMax: 200,
  windowMax: 50_000,
  readMax: 5_000,
  deferredMax: 5_000,
  residentsMax: 20_000,
  passivateMs: 60_000,
  sqlTurnsMax: 4,
  offloadsMax: 8,
  notifyPerSecond: 100,
  notifyBurst: 20,
  askTimeoutMs: 10_000,
  crashesMax: 2,
  unavailableAttemptsMax: 50,
  stopMs: 10_000,
  tidyMs: 60_000,
  historyMs: 3 * day,
  historyMaxBytes: null,
  answersMs: 3_600_000,
}

/** The defaults with `given` over them. Refuses settings that contradict each other. */
export function settingsFrom(given: Partial<Settings> = {}): Settings {
  const settings = { ...defaults, ...given }
  if (settings.leaseMs < 3 * settings.sweepMs) {
    throw new RangeError(
      `leaseMs (${settings.leaseMs}) must be at least three times sweepMs (${settings.sweepMs}), or a single slow sweep loses the lease`,
    )
  }
  for (const name of [
    'groupMax',
    'sliceMax',
    'windowMax',
    'readMax',
    'deferredMax',
    'residentsMax',
  ] as const) {
    if (!Number.isInteger(settings[name]) || settings[name] < 1)
      throw new RangeError(`${name} must be a whole number from 1 on, not ${settings[name]}`)
  }
  return settings
}
