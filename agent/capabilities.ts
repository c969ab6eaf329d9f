/** What this agent can do, and what it can't, with the reason. */
import { arch, availableParallelism, hostname, platform, release, totalmem } from 'node:os'
import type { AgentFacts } from '#specs/agent-link.ts'
import type { AgentSettings } from '#specs/agent-settings.ts'
import { capabilityOf, tools } from '#specs/tools.ts'
import { programVersion } from './version.ts'

export interface Detected {
  readonly name: string
  /** Null where it can. */
  readonly lacks: string | null
}

/** Tools that look into folders. */
const needFolders = new Set(['photostats'])

/** Everything that an agent of this version may be able to do. */
export function detect({ roots }: Pick<AgentSettings, 'roots'>): Detected[] {
  const folders = roots.length > 0 ? null : 'it may look into no folder; name one with --root'
  return [
    { name: `os:${platform()}`, lacks: null },
    { name: `arch:${arch()}`, lacks: null },
    { name: 'fs:local', lacks: folders },
    ...[...tools.values()].map((tool) => ({
      name: capabilityOf(tool),
      lacks: needFolders.has(tool.name) ? folders : null,
    })),
  ]
}

/** Names of the tools that it can run. */
export function ableTools(settings: Pick<AgentSettings, 'roots'>): Set<string> {
  const able = new Set(detect(settings).flatMap(({ name, lacks }) => (lacks === null ? [name] : [])))
  return new Set([...tools.values()].filter((tool) => able.has(capabilityOf(tool))).map(({ name }) => name))
}

export function factsOf(settings: AgentSettings): AgentFacts {
  return {
    platform: {
      os: platform(),
      arch: arch(),
      hostname: hostname().slice(0, 255),
      release: release().slice(0, 100),
      cores: Math.max(1, availableParallelism()),
      memoryBytes: totalmem(),
    },
    programVersion,
    capabilities: detect(settings).flatMap(({ name, lacks }) => (lacks === null ? [name] : [])),
    roots: [...settings.roots],
    slots: settings.slots,
  }
}
