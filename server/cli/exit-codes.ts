/** How the program ends, and the errors that say so. README.md has the table for people. */
export const exitCodes = {
  done: 0,
  /** Also every error that is none of those below. */
  failed: 1,
  misused: 2,
  interrupted: 130,
} as const

/** What was typed, or set in the environment, is not right: nothing was asked of a server. */
export class Misused extends Error {}

/** Ctrl-C. The message, where there is one, says what goes on without the user. */
export class Interrupted extends Error {}
