import { hexOf } from './random.ts'

/** A new trace (W3C traceparent), for a message that comes from outside without one. */
export function newTrace(random: () => number): string {
  return `00-${hexOf(random, 32)}-${hexOf(random, 16)}-01`
}

/** The trace that a turn hands on: the same trace, with the turn as its parent. */
export function childTrace(trace: string, lane: number, seq: number): string {
  const span = ((lane & 0xffffff) * 0x1000000 + (seq & 0xffffff)).toString(16).padStart(16, '0')
  return `${trace.slice(0, 36)}${span}-01`
}
