/** The times and limits that jobs and agents go by. */
export interface FleetSettings {
  /** An offer that is not accepted within this time goes elsewhere. */
  readonly acceptMs: number
  /** A cancelled tool that has not stopped by then loses its thread. */
  readonly cancelGraceMs: number
  /** A closed socket that is not back within this time: what runs there and may run elsewhere is offered again. */
  readonly graceMs: number
  /** What is granted on top, once, after database or server were themselves away. */
  readonly unhealthyMs: number
  /** A waiting job gains a point of priority in this time. */
  readonly ageingMs: number
  /** How often at most the gateway tells that an attempt is alive. */
  readonly aliveMs: number
  /** Attempts lost with their agent before a job is given up. */
  readonly lossesMax: number
  /** Attempts that killed their worker before a job is given up. */
  readonly crashesMax: number
  /** Attempts that one agent is granted a minute, at most; a rested one may have as many at once. */
  readonly claimsPerMinute: number
  /** At which step of silence an agent loses what may run elsewhere. */
  readonly releaseAt: 'unhealthy' | 'offline'
  /** Names of tools that are not known here, and that agents may bring along without being approved; '*': any. */
  readonly allowedTools: readonly string[]
}

export const fleetDefaults: FleetSettings = {
  acceptMs: 2_000,
  cancelGraceMs: 10_000,
  graceMs: 15_000,
  unhealthyMs: 30_000,
  ageingMs: 30_000,
  aliveMs: 5_000,
  lossesMax: 5,
  crashesMax: 3,
  claimsPerMinute: 1_000,
  releaseAt: 'offline',
  allowedTools: [],
}
