/**
 * What each route is called with in the matrix of callers. A route without an entry does not compile: nobody adds one and forgets
 * to say what of it belongs to whom.
 */
import type { RouteName } from '#specs/routes.ts'
import { type CallInput } from '../support/api.ts'
import { newEmail, password } from '../support/rest.ts'

/** What belongs to somebody, by the names that routes give it in their paths. */
export type Thing = 'team' | 'user' | 'token' | 'agent' | 'agentToken' | 'job'
export type Things = Readonly<Record<Thing, string>>

export interface Sample {
  readonly input: () => CallInput
  /** What the path names. */
  readonly names?: Thing
  /** The call uses it up, so each gets a new one. */
  readonly spends?: true
  /** Other ways to name what belongs to another team: in a filter, a cursor, the body. */
  readonly elsewhere?: (theirs: Things) => readonly CallInput[]
  /** Its answer tells what has happened meanwhile, so two are never the same. */
  readonly later?: true
}

const nothing = (): CallInput => ({})
const empty = (): CallInput => ({ body: {} })
const after = (thing: Thing) => (theirs: Things) => [
  { query: { after: theirs[thing] } },
  { query: { after: '0', limit: '200' } },
]
const facts = {
  platform: { os: 'linux', arch: 'x64', hostname: 'studio', release: '1', cores: 4, memoryBytes: 8e9 },
  programVersion: '1.0.0',
  capabilities: ['tool:selftest.echo:1'],
  roots: [],
  slots: 1,
}
const load = { cpuPercent: 1, memoryPercent: 1, loopLagMs: 0, threads: 4, busyThreads: 0, queued: 0 }
const attemptOf = (job: string) => ({ job, attempt: 1 })
const noJob = `job_${'0'.repeat(26)}`

export const samples: Readonly<Record<RouteName, Sample>> = {
  welcome: { input: () => ({ body: { token: 'wel_x', email: newEmail(), name: 'Eve', password } }) },
  signIn: { input: () => ({ body: { email: newEmail(), password } }) },
  signOut: { input: empty },
  me: { input: nothing },
  makeJwt: { input: empty },
  refreshJwt: { input: () => ({ body: { refresh: 'ref_x' } }) },
  listUsers: { input: nothing, elsewhere: after('user') },
  makeUser: { input: () => ({ body: { email: newEmail(), name: 'New', role: 'viewer', password } }) },
  changeUser: { input: () => ({ body: { name: 'Changed' } }), names: 'user' },
  listTokens: { input: nothing, elsewhere: after('token') },
  makeToken: { input: () => ({ body: { name: 'new', scopes: ['read'] } }) },
  removeToken: { input: nothing, names: 'token', spends: true },
  listTeams: { input: nothing },
  makeTeam: { input: () => ({ body: { name: 'New', admin: { email: newEmail(), name: 'New', password } } }) },
  changeTeam: { input: () => ({ body: { name: 'Changed' } }), names: 'team' },

  listAgents: {
    input: nothing,
    elsewhere: (theirs) => [
      ...after('agent')(theirs),
      { query: { tag: 'canary=b' } },
      { query: { liveness: 'healthy' } },
    ],
  },
  agentHealth: { input: nothing },
  availableAgents: { input: nothing },
  pool: { input: nothing },
  getAgent: { input: nothing, names: 'agent' },
  agentEvents: { input: nothing, names: 'agent' },
  changeAgent: { input: () => ({ body: { tags: ['changed=yes'] } }), names: 'agent' },
  removeAgent: { input: nothing, names: 'agent', spends: true },
  pauseAgent: { input: empty, names: 'agent', spends: true },
  resumeAgent: { input: empty, names: 'agent' },
  cordonAgent: { input: empty, names: 'agent', spends: true },
  drainAgent: { input: empty, names: 'agent', spends: true },
  revokeAgent: { input: empty, names: 'agent', spends: true },
  listAgentTokens: { input: nothing, elsewhere: after('agentToken') },
  makeAgentToken: { input: empty },
  removeAgentToken: { input: nothing, names: 'agentToken', spends: true },

  listTools: { input: nothing },
  submitJob: {
    input: () => ({ body: { tool: 'selftest.echo' } }),
    elsewhere: ({ agent }) => [{ body: { tool: 'selftest.echo', agent } }],
  },
  listJobs: {
    input: nothing,
    elsewhere: (theirs) => [
      ...after('job')(theirs),
      { query: { agent: theirs.agent } },
      { query: { state: 'pending' } },
    ],
  },
  getJob: { input: nothing, names: 'job' },
  changeJob: { input: () => ({ body: { priority: 'low' } }), names: 'job' },
  cancelJob: { input: empty, names: 'job', spends: true },
  removeJob: { input: nothing, names: 'job', spends: true },
  retryJob: { input: empty, names: 'job' },
  jobResult: { input: nothing, names: 'job' },
  jobLog: { input: nothing, names: 'job' },

  registerAgent: {
    input: () => ({ body: { token: 'art_x', name: 'matrix', installation: 'matrix-0001', facts } }),
  },
  rotateKey: { input: empty },
  deregister: { input: empty },
  agentHello: {
    input: () => ({ body: { facts, running: [] } }),
    elsewhere: ({ job }) => [{ body: { facts, running: [attemptOf(job)] } }],
  },
  agentBeat: {
    input: () => ({ body: { load, running: [], draining: false } }),
    elsewhere: ({ job }) => [{ body: { load, running: [attemptOf(job)], draining: false } }],
    later: true,
  },
  agentClaim: { input: () => ({ body: { free: 1 } }) },
  agentAccept: {
    input: () => ({ body: attemptOf(noJob) }),
    elsewhere: ({ job }) => [{ body: attemptOf(job) }],
  },
  agentDecline: {
    input: () => ({ body: { ...attemptOf(noJob), reason: 'no room' } }),
    elsewhere: ({ job }) => [{ body: { ...attemptOf(job), reason: 'no room' } }],
  },
  agentStarted: {
    input: () => ({ body: attemptOf(noJob) }),
    elsewhere: ({ job }) => [{ body: attemptOf(job) }],
  },
  agentFrames: {
    input: () => ({ body: framesOf(noJob) }),
    elsewhere: ({ job }) => [{ body: framesOf(job) }],
  },
  agentFinish: {
    input: () => ({ body: finishOf(noJob) }),
    elsewhere: ({ job }) => [{ body: finishOf(job) }],
  },
}

function framesOf(job: string) {
  return { ...attemptOf(job), frames: [{ type: 'log', seq: 1, at: 1, level: 'info', text: 'forged' }] }
}

function finishOf(job: string) {
  return { ...attemptOf(job), outcome: 'completed', output: 'forged', frames: 1 }
}
