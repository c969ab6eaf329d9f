/** What the screen says about agents. */
import type { Agent, Pool } from '#specs/agents.ts'
import type { Sign } from '../ui/tone.ts'
import { count, number } from '../words/amounts.ts'

/** The one state that matters most of an agent: what people want of it, or else whether it is there, or else what it does. */
export function signOf({ standing, liveness, running, connection, lastSeenAt }: Agent): Sign {
  if (standing === 'revoked') {
    return sign('off', 'lock', 'Revoked', 'Its key is void: it can never connect again.')
  }
  if (lastSeenAt === null && connection === null) {
    return sign('wait', 'clock', 'Never seen', 'It is enrolled, but was never started.')
  }
  if (liveness !== 'healthy') return absences[liveness]
  if (standing !== 'active') return standings[standing]
  if (running.length === 0) return sign('busy', 'check', 'Idle', 'It is there and has nothing to do.')
  return sign('good', 'play', 'Working', `It runs ${count(running.length, 'job')}.`)
}

const standings = {
  paused: sign('warn', 'pause', 'Paused', 'It gets no new work until it is resumed.'),
  cordoned: sign('warn', 'dash', 'Cordoned', 'It gets no new work until it is resumed.'),
  draining: sign('warn', 'drop', 'Draining', 'It finishes what it runs, then ends.'),
} as const

const absences = {
  degraded: sign('warn', 'warn', 'Degraded', 'Its connection was lost a moment ago or answers badly.'),
  unhealthy: sign('warn', 'warn', 'Unhealthy', 'Nothing was heard of it for a while: it gets no new work.'),
  offline: sign('bad', 'cross', 'Offline', 'Nothing is heard of it: its jobs go to other agents.'),
  stale: sign('bad', 'cross', 'Stale', 'Nothing was heard of it for minutes.'),
  inactive: sign('off', 'cross', 'Inactive', 'Nothing was heard of it for a long time.'),
} as const

function sign(tone: Sign['tone'], icon: Sign['icon'], word: string, meaning: string): Sign {
  return { tone, icon, word, meaning }
}

/** The badge in the header. */
export function poolSign(pool: Pool): Sign {
  const { agents, online, idle, running, pending } = pool
  const meaning = [
    `${number(online)} of ${count(agents, 'agent')} online`,
    `${number(idle)} idle`,
    `${count(running, 'job')} running`,
    `${number(pending)} waiting`,
  ].join(', ')
  if (agents === 0) return sign('bad', 'cross', 'No agents', 'No agents yet. Enrol one to get work done.')
  switch (pool.state) {
    case 'offline':
      return sign('bad', 'cross', 'Offline', meaning)
    case 'degraded':
      return sign('warn', 'warn', 'Degraded', meaning)
    case 'idle':
      return sign('busy', 'check', `${number(idle)} idle`, meaning)
    case 'busy':
      return sign('good', 'play', `${number(running)} running`, meaning)
  }
}

/** What is shown of its machine in one line. */
export function machineOf({ platform: { hostname, os, arch } }: Agent): string {
  return `${hostname} · ${systemName(os)} ${arch}`
}

const systems: Readonly<Record<string, string>> = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' }
export function systemName(os: string): string {
  return systems[os] ?? os
}

/** What it can do, without what people need not know; the self-tests, which every agent has, as one. */
export function abilitiesOf(capabilities: readonly string[]): { capability: string; word: string }[] {
  const selftests = capabilities.filter((capability) => capability.startsWith('tool:selftest.'))
  const others = capabilities.filter((capability) => !selftests.includes(capability))
  const words = others.map((capability) => ({ capability, word: capability.split(':')[1] ?? capability }))
  return selftests.length === 0 ? words : [...words, { capability: selftests.join(' '), word: 'self-tests' }]
}

/** Names by id, for those who did or run something. */
export function whoIs(
  by: string,
  me: { readonly id: string; readonly name: string } | null,
  agents: ReadonlyMap<string, Agent> | undefined,
): string {
  if (by === me?.id) return 'you'
  if (by === 'server') return 'the server'
  if (by === 'agent') return 'the agent'
  const agent = agents?.get(by)
  if (agent !== undefined) return agent.name
  const prefix = by.slice(0, 3)
  const kind = prefix === 'usr' ? 'user' : prefix === 'agt' ? 'agent' : undefined
  return kind === undefined ? by : `${kind} …${by.slice(-5)}`
}
