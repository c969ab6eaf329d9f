/** What the agent tells whoever runs it: one line each, on standard error. */
import { visible } from '#host/terminal.ts'

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]
export type Log = Readonly<Record<LogLevel, (text: string) => void>>

/** Writes lines of at least the level, each with its time. */
export function logTo(write: (line: string) => void, least: LogLevel): Log {
  const from = logLevels.indexOf(least)
  const say = (level: LogLevel) => (text: string) => {
    if (logLevels.indexOf(level) < from) return
    write(`${new Date().toISOString()} ${level.padEnd(5)} ${visible(text)}`)
  }
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
}
