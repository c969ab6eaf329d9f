/** The agent's settings, as its file, its environment and its flags give them. */
import * as z from 'zod'
import { Name, Tag } from './common.ts'
import { whole } from './whole.ts'

export const AgentSettings = z
  .strictObject({
    /** The server's address. Registering remembers it. */
    server: z.url({ protocol: /^https?$/, error: 'must be an address like https://safelight.example.org' }),
    /** What people call it. The machine's name where absent. */
    name: Name,
    /** `key=value`, what jobs can ask for. */
    tags: z.array(Tag).max(50).default([]),
    /** The only folders it ever looks into. */
    roots: z.array(z.string().min(1).max(4_096)).max(200).default([]),
    /** How many jobs at once. */
    slots: whole(1, 64).default(1),
    /** Worker threads for all jobs. One less than there are cores where absent. */
    threads: whole(1, 64),
    /** A thread that needs more is ended, and its job with it. */
    threadMemoryMb: whole(64, 65_536).default(512),
    /** Told to stop, it lets its jobs run for so long before it gives them back. */
    drainMs: whole(0, 86_400_000).default(60_000),
    log: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    /** A registration token, for a start that registers by itself. */
    token: z.string().min(1).max(200),
  })
  .partial({ server: true, name: true, threads: true, token: true })
export type AgentSettings = z.infer<typeof AgentSettings>
export type SettingName = keyof AgentSettings

export const settingNames = Object.keys(AgentSettings.shape) as SettingName[]
/** Never printed. */
export const secretSettings: readonly SettingName[] = ['token']
export const listSettings: readonly SettingName[] = ['tags', 'roots']

const prefix = 'SAFELIGHT_AGENT_'

/** `threadMemoryMb` is SAFELIGHT_AGENT_THREAD_MEMORY_MB in the environment. */
export function variableOf(name: SettingName): string {
  return prefix + name.replace(/[A-Z]/g, '_$&').toUpperCase()
}
/** All that an agent reads: its settings, and where it finds its folder and its file. */
export const agentVariables = [...settingNames.map(variableOf), `${prefix}STATE`, `${prefix}CONFIG`]
/** A server's, on the same machine. */
const notAgents = [`${prefix}PER_MINUTE`]

/** Variables that mean to be an agent's and are none. */
export function unknownAgentVariables(names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith(prefix) && ![...agentVariables, ...notAgents].includes(name))
}
