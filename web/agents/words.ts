/** What the screen says about agents. */
import type { Agent, Maker, Pool } from '#specs/agents.ts'
import type { Sign } from '../ui/tone.ts'
import { count, number } from '../words/amounts.ts'

/** The one state that matters most of an agent: what people want of it, or else whether it is there, or else what it does. */
export function signOf({ standing, liveness, running, connection, lastSeenAt }: Agent): Sign {
  if (standing === 'revoked') {
    return sign('off', 'lock', 'Revoked', 'Its key is void: it can never connect again.')
  }
  if (wasNeverStarted({ connection, lastSeenAt })) {
    return sign(
      'wait',
      'clock',
      'Never started',
      `Enrolled, never started: run '${startCommand}' on its machine.`,
    )
  }
  if (liveness !== 'healthy') return absences[liveness]
  if (standing !== 'active') return standings[standing]
  if (running.length === 0) return sign('busy', 'check', 'Idle', 'It is there and has nothing to do.')
  return sign('good', 'play', 'Working', `It runs ${count(running.length, 'job')}.`)
}

export const startCommand = 'safelight-agent start'

export function wasNeverStarted({
  connection,
  lastSeenAt,
}: Pick<Agent, 'connection' | 'lastSeenAt'>): boolean {
  return lastSeenAt === null && connection === null
}

/** Whether what it has told of itself is how it is now. */
export function isOnline({ liveness }: Pick<Agent, 'liveness'>): boolean {
  return liveness === 'healthy' || liveness === 'degraded'
}

/** Whether it is heard of again and again: each single time is told to nobody, but its silence is. */
export function isHeard({ liveness, connection }: Pick<Agent, 'liveness' | 'connection'>): boolean {
  return liveness === 'healthy' && connection !== null
}

/** Why it stands as it stands, where that is not over; with the standing, where its sign says something else. */
export function noteOf(agent: Agent): string | null {
  const { standing, note } = agent
  if (standing === 'active') return null
  const word = standing === 'revoked' ? 'Revoked' : standings[standing].word
  if (signOf(agent).word === word) return note
  return note === null ? `${word}, too.` : `${word}, too: ${note}`
}

const standings = {
  pending_approval: sign(
    'warn',
    'lock',
    'Needs approval',
    'It can do what nobody here knows of: it gets no work until an admin approves it.',
  ),
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

/** The badge in the header: what the pool does, and beside it what is wrong. */
export function poolSign(pool: Pool): Sign {
  const { agents, online, idle, degraded, missing, running, pending } = pool
  const trouble = [
    ...(missing > 0 ? [`${number(missing)} missing`] : []),
    ...(degraded > 0 ? [`${number(degraded)} degraded`] : []),
  ]
  const meaning = [
    `${number(online)} of ${count(agents, 'agent')} online`,
    `${number(idle)} idle`,
    ...trouble,
    `${count(running, 'job')} running`,
    `${number(pending)} waiting`,
  ].join(', ')
  if (agents === 0) return sign('bad', 'cross', 'No agents', 'No agents yet. Enrol one to get work done.')
  const works = running > 0 ? `${number(running)} running` : `${number(idle)} idle`
  switch (pool.state) {
    case 'offline':
      return sign('bad', 'cross', running > 0 ? `Offline · ${works}` : 'Offline', meaning)
    case 'degraded':
      return sign('warn', 'warn', [works, ...trouble.slice(0, 1)].join(' · '), meaning)
    case 'idle':
      return sign('busy', 'check', works, meaning)
    case 'busy':
      return sign('good', 'play', works, meaning)
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

/** What it can do, the tools first, without what people need not know; the self-tests, which every agent has, as one. */
export function abilitiesOf(capabilities: readonly string[]): { capability: string; word: string }[] {
  const selftests = capabilities.filter((capability) => capability.startsWith('tool:selftest.'))
  const others = capabilities.filter((capability) => !selftests.includes(capability))
  const [tools = [], rest = []] = [true, false].map((isTool) =>
    others
      .filter((capability) => capability.startsWith('tool:') === isTool)
      .map((capability) => ({ capability, word: capability.split(':')[1] ?? capability })),
  )
  const asOne = selftests.length === 0 ? [] : [{ capability: selftests.join(' '), word: 'self-tests' }]
  return [...tools, ...asOne, ...rest]
}

type Me = { readonly id: string; readonly name: string } | null

/** Names by id, for those who did or run something; those of agents that are gone where they are known. */
export function whoIs(
  by: string,
  me: Me,
  agents: ReadonlyMap<string, Agent> | undefined,
  gone?: ReadonlyMap<string, string>,
): string {
  if (by === me?.id) return 'you'
  if (by === 'server') return 'the server'
  if (by === 'agent') return 'the agent'
  const name = agents?.get(by)?.name ?? gone?.get(by)
  if (name !== undefined) return name
  const prefix = by.slice(0, 3)
  const kind = prefix === 'usr' ? 'user' : prefix === 'agt' ? 'agent' : undefined
  return kind === undefined ? by : `${kind} …${by.slice(-5)}`
}

/** Who made something. */
export function makerName({ by, name }: Maker, me: Me): string {
  return by === me?.id || name === null ? whoIs(by, me, undefined) : name
}
