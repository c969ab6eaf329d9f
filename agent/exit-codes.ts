/** How the program ends, and the one kind of error that says so. README.md has the table for people. */
export const exitCodes = {
  done: 0,
  failed: 1,
  misused: 2,
  incomplete: 3,
  notRegistered: 10,
  dismissed: 11,
  unreachable: 12,
  tooOld: 13,
  alreadyRuns: 14,
  notRunning: 15,
  interrupted: 130,
  terminated: 143,
} as const
export type Ending = keyof typeof exitCodes

/** An expected failure: its message says what is wrong and what to do, and the program ends with its code. */
export class Failure extends Error {
  readonly ending: Ending
  constructor(ending: Ending, message: string) {
    super(message)
    this.name = 'Failure'
    this.ending = ending
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
