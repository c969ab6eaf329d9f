/** One line of the result. */
import { median, rounded } from './statistics.ts'

export interface Row {
  readonly name: string
  readonly ours: number
  readonly peers: Readonly<Record<string, number>>
  /** Ours against the best peer, or against the limit where there is no peer: more than 1 is better. */
  readonly ratio: number
  readonly unit: string
  readonly limit?: number
  /** A peer stayed far below what it is known to do here, so the row says nothing; with what it is known to do. */
  readonly void?: true
  readonly line?: Readonly<Record<string, number>>
  readonly runs?: Readonly<Record<string, readonly number[]>>
  readonly note?: string
}

export interface Measured {
  readonly name: string
  readonly unit: string
  readonly better: 'more' | 'less'
  /** All rounds. */
  readonly ours: readonly number[]
  readonly peers?: Readonly<Record<string, readonly number[]>>
  /** What each peer has been seen to do on this class of machine. */
  readonly line?: Readonly<Record<string, number>>
  readonly limit?: number
  readonly note?: string
}

/** A peer below this part of its line is not itself. */
const voidBelow = 0.6

/** The row of some rounds: medians, against the best peer. */
export function rowOf(measured: Measured): Row {
  const { name, unit, better, limit, note, line = {} } = measured
  const ours = median(measured.ours)
  const peers = mapped(measured.peers ?? {}, (rounds) => rounded(median(rounds)))
  const best = better === 'more' ? Math.max(...Object.values(peers)) : Math.min(...Object.values(peers))
  const against = Object.keys(peers).length > 0 ? best : (limit ?? NaN)
  const isVoid = Object.entries(line).some(([peer, known]) => isBelow(peers[peer], known, better))
  return {
    name,
    ours: rounded(ours),
    peers,
    ratio: rounded(better === 'more' ? ours / against : against / ours),
    unit,
    ...(limit !== undefined && { limit }),
    ...(isVoid && { void: true, line }),
    runs: mapped({ ours: measured.ours, ...measured.peers }, (rounds) => rounds.map(rounded)),
    ...(note !== undefined && { note }),
  }
}

function isBelow(seen: number | undefined, known: number, better: Measured['better']): boolean {
  if (seen === undefined) return true
  return (better === 'more' ? seen / known : known / seen) < voidBelow
}

function mapped<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
