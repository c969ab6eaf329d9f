import type { IconName } from './icon.ts'

/** What a state means to the reader: its colour, which is never its only sign. */
export type Tone = 'good' | 'busy' | 'wait' | 'warn' | 'bad' | 'off'

/** A state as the screen shows it. */
export type Sign = {
  readonly tone: Tone
  readonly icon: IconName
  readonly word: string
  /** A sentence for those who ask. */
  readonly meaning: string
}
