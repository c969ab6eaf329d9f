import type { Frame } from '#specs/agent-link.ts'
import { Refusal } from '../rest/refusal.ts'

const seqMax = 2 ** 31 - 1

/** Frames are told by their numbers: what is out of order could not be told from what was said before. */
export function checkNumbers(frames: readonly Frame[]) {
  let last = 0
  for (const [at, { seq }] of frames.entries()) {
    if (seq > last && seq <= seqMax) {
      last = seq
      continue
    }
    const message = `must be a whole number from 1 to ${seqMax}, and larger than the one before`
    throw new Refusal('bad_input', `Frames are numbered 1, 2, 3 and so on. frames[${at}].seq ${message}.`, {
      fields: [{ path: `frames[${at}].seq`, message }],
    })
  }
}
