/** Where the runtime and its actors say what happened. One line, and facts beside it. */
export interface Log {
  debug(line: string, facts?: Readonly<Record<string, unknown>>): void
  info(line: string, facts?: Readonly<Record<string, unknown>>): void
  warn(line: string, facts?: Readonly<Record<string, unknown>>): void
  error(line: string, facts?: Readonly<Record<string, unknown>>): void
}

/** A log that adds `facts` to every line, whatever the line says by the same names. */
export function logWith(log: Log, facts: Readonly<Record<string, unknown>>): Log {
  return {
    debug: (line, more) => log.debug(line, { ...more, ...facts }),
    info: (line, more) => log.info(line, { ...more, ...facts }),
    warn: (line, more) => log.warn(line, { ...more, ...facts }),
    error: (line, more) => log.error(line, { ...more, ...facts }),
  }
}

/** Says nothing. */
export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }
