/** Agents and jobs for browser specs, as the contracts have them. */
import { Agent, AgentToken } from '#specs/agents.ts'
import { newId } from '#specs/ids.ts'
import { JobDetail } from '#specs/jobs.ts'
import type { Me } from '#specs/people.ts'
import { capabilityOf, type PhotostatsOutput, tools } from '#specs/tools.ts'
import type * as z from 'zod'

export const minuteMs = 60_000
export const hourMs = 60 * minuteMs

export function sampleMe(role: Me['user']['role'] = 'admin'): Me {
  const now = Date.now()
  const team = {
    id: newId('team'),
    name: 'Studio Lumen',
    placement: 'offer' as const,
    runningMax: null,
    createdAt: now,
  }
  const user = {
    id: newId('user'),
    team: team.id,
    email: 'ada@lumen.example',
    name: 'Ada Winter',
    role,
    system: role === 'admin',
    disabled: false,
    createdAt: now,
  }
  return { user, team }
}

/** A healthy, idle agent, unless said otherwise. */
export function sampleAgent(given: Partial<z.input<typeof Agent>> = {}): Agent {
  const now = Date.now()
  return Agent.parse({
    id: newId('agent'),
    version: 1,
    name: 'studio',
    liveness: 'healthy',
    standing: 'active',
    note: null,
    resumesAt: null,
    platform: {
      os: 'linux',
      arch: 'x64',
      hostname: 'enlarger.lan',
      release: '6.12.0',
      cores: 16,
      memoryBytes: 68_719_476_736,
    },
    programVersion: '0.1.0',
    capabilities: [...tools.values()].map(capabilityOf),
    tags: ['site=studio', 'disk=nvme'],
    roots: ['/photos/2026', '/photos/archive'],
    slots: 2,
    running: [],
    load: {
      cpuPercent: 12,
      memoryPercent: 34,
      loopLagMs: 1.4,
      threads: 15,
      busyThreads: 0,
      queued: 0,
      disks: [{ path: '/photos/2026', freeBytes: 312_000_000_000, totalBytes: 4_000_000_000_000 }],
    },
    installation: 'installation-1',
    boot: 'boot-12345678',
    connection: { id: 'socket-1', server: 'server-1', ip: '192.0.2.7', userAgent: null, since: now - hourMs },
    failures: 0,
    lastError: null,
    registeredAt: now - 40 * 24 * hourMs,
    enrolledBy: { by: 'usr_00000000000000000000000000', name: 'Ben Stone' },
    lastSeenAt: now - 4_000,
    ...given,
  })
}

/** An unused registration token, unless said otherwise. */
export function sampleToken(given: Partial<z.input<typeof AgentToken>> = {}): AgentToken {
  const createdAt = Date.now() - hourMs
  return AgentToken.parse({
    id: newId('agentToken'),
    name: 'new agent',
    createdAt,
    createdBy: { by: 'usr_00000000000000000000000000', name: 'Ben Stone' },
    expiresAt: createdAt + 24 * hourMs,
    usedBy: null,
    ...given,
  })
}

/** A pending photostats job, unless said otherwise. */
export function sampleJob(given: Partial<z.input<typeof JobDetail>> = {}): JobDetail {
  const at = given.submittedAt ?? Date.now() - minuteMs
  return JobDetail.parse({
    id: newId('job', at),
    version: 1,
    tool: 'photostats',
    params: { path: '/photos/2026/iceland' },
    state: 'pending',
    priority: 50,
    agent: null,
    boundTo: null,
    attempt: 0,
    failures: 0,
    waiting: null,
    progress: null,
    error: null,
    hasResult: false,
    submittedBy: 'server',
    submittedAt: at,
    startedAt: null,
    endedAt: null,
    deadlineAt: null,
    attempts: [],
    events: [{ seq: 1, at, state: 'pending', by: 'server', reason: 'submitted' }],
    retry: { attemptsMax: 3, firstMs: 1_000, factor: 2, maxMs: 300_000 },
    timeouts: { queueMs: 0, attemptMs: 0, stallMs: 120_000, deadlineMs: 0 },
    capabilities: ['tool:photostats:1'],
    needs: ['tool:photostats:1'],
    tags: [],
    ...given,
  })
}

/** A job that an agent works on. */
export function runningJob(agent: string, given: Partial<z.input<typeof JobDetail>> = {}): JobDetail {
  const startedAt = Date.now() - 30_000
  return sampleJob({
    state: 'running',
    agent,
    attempt: 1,
    startedAt,
    progress: {
      stage: 'walking',
      done: 4_200,
      total: 12_000,
      current: 'iceland/DSC_4200.nef',
      message: null,
    },
    attempts: [
      {
        number: 1,
        agent,
        offeredAt: startedAt - 400,
        acceptedAt: startedAt - 390,
        startedAt,
        endedAt: null,
        outcome: null,
        error: null,
      },
    ],
    ...given,
  })
}

export const samplePhotostats: PhotostatsOutput = {
  path: '/photos/2026/iceland',
  files: 12_431,
  bytes: 412_300_000_000,
  folders: 87,
  byExtension: {
    '.nef': { files: 5_210, bytes: 286_550_000_000 },
    '.cr3': { files: 1_902, bytes: 98_200_000_000 },
    '.jpg': { files: 2_100, bytes: 21_400_000_000 },
    '.tif': { files: 31, bytes: 6_060_000_000 },
    '.xmp': { files: 3_188, bytes: 90_000_000 },
  },
  withoutSidecar: {
    count: 1_240,
    paths: Array.from({ length: 40 }, (_, at) => `iceland/day-${1 + (at % 9)}/DSC_${4_000 + at}.nef`),
  },
  sidecarsWithoutImage: { count: 3, paths: ['a/DSC_1.xmp', 'a/DSC_2.xmp', 'b/DSC_9.xmp'] },
  skipped: { count: 0, items: [] },
}
