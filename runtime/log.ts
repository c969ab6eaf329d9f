/** Where the runtime and its actors say what happened. One line, and facts beside it. */
export interface Log {
  debug(line: string, facts?: Readonly<Record<string, unknown>>): void
  info(line: string, facts?: Readonly<Record<string, unknown>>): void
  warn(line: string, facts?: Readonly<Record<string, unknown>>): void
  error(line: string, facts?: Readonly<Record<string, unknown>>): void
}

/** Says nothing. */
export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }
