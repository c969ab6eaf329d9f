/** The server's own words: a line of JSON each, for people who search and programs that collect. */
import type { Log } from '#runtime/log.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const
export type Level = (typeof levels)[number]

/** Writes what is at least as grave as `least`. */
export function jsonLog(least: Level, write: (line: string) => void): Log {
  const from = levels.indexOf(least)
  const at =
    (level: Level) =>
    (line: string, facts: Readonly<Record<string, unknown>> = {}) => {
      if (levels.indexOf(level) < from) return
      write(JSON.stringify({ at: new Date().toISOString(), level, line, ...facts }))
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
