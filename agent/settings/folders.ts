/** Where an agent keeps what is its own, when nobody says otherwise. */
import { posix, win32 } from 'node:path'

export interface Machine {
  readonly platform: NodeJS.Platform
  readonly home: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** One folder holds all of an agent: its settings, its key, its results. Several agents have several folders. */
export function defaultFolder({ platform, home, environment }: Machine): string {
  if (platform === 'win32') {
    const local = environment['LOCALAPPDATA'] ?? win32.join(home, 'AppData', 'Local')
    return win32.join(local, 'Safelight Agent')
  }
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support', 'Safelight Agent')
  const state = environment['XDG_STATE_HOME']
  return posix.join(state?.startsWith('/') ? state : posix.join(home, '.local', 'state'), 'safelight-agent')
}

/** For what can be made again: compiled code, so that the program and its threads start in half the time. */
export function cacheFolder({ platform, home, environment }: Machine): string {
  if (platform === 'win32') return win32.join(defaultFolder({ platform, home, environment }), 'Cache')
  if (platform === 'darwin') return posix.join(home, 'Library', 'Caches', 'Safelight Agent')
  const cache = environment['XDG_CACHE_HOME']
  return posix.join(cache?.startsWith('/') ? cache : posix.join(home, '.cache'), 'safelight-agent')
}

export const settingsFileName = 'agent.json'
