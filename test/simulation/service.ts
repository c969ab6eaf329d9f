/** Something outside the cluster that handlers wait for: it takes its time, now and then fails, and seldom never answers. */
import { Unavailable } from '#runtime/errors.ts'
import type { Ports } from '#runtime/testing/world.ts'

export interface Service {
  /** Takes a while: mostly as long as a commit, now and then longer than a lease is late. */
  wait(): Promise<void>
  /** The same, and now and then it fails. */
  call(): Promise<void>
  /** The same, and seldom it never answers. */
  callInVain(): Promise<void>
}

const shortestMs = 0.2
const longestMs = 2_500
const failing = 0.02
const silent = 0.004

/** The service as one process meets it: a process that is dead hears nothing, and one that stands still hears it later. */
export function serviceFor({ clock, random }: Pick<Ports, 'clock' | 'random'>): Service {
  const haste = 0.5 + 3 * random()
  const wait = (): Promise<void> =>
    new Promise((resolve) => {
      clock.after(shortestMs * (longestMs / shortestMs) ** (random() ** haste), resolve)
    })
  const call = async (): Promise<void> => {
    await wait()
    if (random() < failing) throw new Unavailable('the service was not ready')
  }
  const callInVain = (): Promise<void> => (random() < silent ? new Promise(() => {}) : call())
  return { wait, call, callInVain }
}

const none = () => Promise.reject(new TypeError('there is no service here'))

/** For those who only make messages. */
export const noService: Service = { wait: none, call: none, callInVain: none }
