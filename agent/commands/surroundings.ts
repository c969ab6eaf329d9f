/** What a command has at hand: the machine around it, and the settings once they are read. */
import type { AgentSettings } from '#specs/agent-settings.ts'
import type { Log } from '../log.ts'
import type { Settings } from '../settings/read.ts'
import type { StateFolder } from '../state/folder.ts'

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly workingFolder: string
  readonly input: NodeJS.ReadableStream
  /** Data, for people and programs. */
  readonly say: (text: string) => void
  /** Everything else. */
  readonly complain: (text: string) => void
  /** Shows a line in place of the one that it showed before; only where a person looks on. '' takes it away. */
  readonly redraw?: (line: string) => void
}

export interface Command extends Surroundings {
  readonly settings: Settings
  readonly values: AgentSettings
  readonly folder: StateFolder
  readonly file: string
  readonly json: boolean
  readonly log: Log
}
