import type { Random } from '#runtime/ports.ts'
import type { Settings } from '#runtime/settings.ts'

/** Limits so tight that every one of them is met, in half of the seeds each. */
export function tightSettings(random: Random): Partial<Settings> {
  const tight: Partial<Settings> = {
    groupMax: 1 + Math.floor(random() * 20),
    sliceMax: 1 + Math.floor(random() * 10),
    readMax: 2 + Math.floor(random() * 20),
    windowMax: 10 + Math.floor(random() * 100),
    deferredMax: 2 + Math.floor(random() * 10),
    residentsMax: 3 + Math.floor(random() * 20),
    passivateMs: 50 + Math.floor(random() * 1_000),
    notifyPerSecond: 2,
    notifyBurst: 1,
    sqlTurnsMax: 1,
    stopMs: 5 + Math.floor(random() * 300),
  }
  const names = Object.keys(tight) as (keyof Settings)[]
  return {
    leaseMs: 4_000,
    // Processes die of other things here: no message is to be buried for having been under way.
    crashesMax: 100,
    ...Object.fromEntries(names.flatMap((name) => (random() < 0.5 ? [[name, tight[name]]] : []))),
  }
}
