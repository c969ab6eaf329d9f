/** What the dashboard's feeds and the bus between server nodes read and write. */
import { sql } from './sql.ts'

export const notifyBus = sql.statement('notifyBus', { params: ['text'], columns: { pg_notify: 'void' } })
export const sendParcel = sql.statement('sendParcel', {
  params: ['text', 'text'],
  columns: { pg_notify: 'void' },
})
export const openParcel = sql.statement('openParcel', { params: ['int8'], columns: { body: 'text' } })

const agentColumns = {
  key: 'text',
  state: 'jsonb',
  seen_at: 'timestamptz?',
  load: 'jsonb?',
  failures: 'int4?',
} as const
export const listAgents = sql.statement('listAgents', {
  params: ['text', 'text?', 'text?', 'text?', 'text?', 'text?', 'int8'],
  columns: agentColumns,
})
export const readAgents = sql.statement('readAgents', { params: ['text', 'text[]'], columns: agentColumns })
export const countAgents = sql.statement('countAgents', {
  params: ['text'],
  columns: { liveness: 'text', agents: 'int4', never_seen: 'int4', slots: 'int4' },
})
export const readPool = sql.statement('readPool', {
  params: ['text', 'int8'],
  columns: {
    agents: 'int4',
    online: 'int4',
    idle: 'int4',
    degraded: 'int4',
    missing: 'int4',
    running: 'int4',
    pending: 'int4',
  },
})

const jobColumns = { key: 'text', state: 'jsonb' } as const
export const placeOfJob = sql.statement('placeOfJob', { params: ['text', 'text'], columns: { seq: 'int8' } })
export const listJobs = sql.statement('listJobs', {
  params: ['text', 'int8?', 'text?', 'text?', 'int8'],
  columns: jobColumns,
})
export const listJobsByState = sql.statement('listJobsByState', {
  params: ['text', 'int8?', 'text?', 'text?', 'text[]', 'int8'],
  columns: jobColumns,
})
export const readJobs = sql.statement('readJobs', { params: ['text', 'text[]'], columns: jobColumns })
export const readResult = sql.statement('readResult', {
  params: ['text', 'text'],
  columns: {
    attempt: 'int4',
    agent: 'text',
    tool: 'text',
    outcome: 'text',
    finished_at: 'timestamptz',
    output: 'json',
  },
})
export const readWaiting = sql.statement('readWaiting', {
  params: ['text', 'text', 'int8'],
  columns: {
    before: 'int4',
    agents: 'int4',
    skilled: 'int4',
    able: 'int4',
    online: 'int4',
    active: 'int4',
    open: 'int4',
    spent: 'int4',
    bound_name: 'text?',
    bound_liveness: 'text?',
    bound_standing: 'text?',
    bound_connected: 'bool?',
    bound_ending: 'bool?',
    bound_spent: 'bool?',
    placement: 'text?',
    running_max: 'int4?',
    running: 'int4',
  },
})
export const tailLog = sql.statement('tailLog', {
  params: ['text', 'text', 'int4', 'int4', 'int8'],
  columns: { seq: 'int4', at: 'timestamptz', level: 'text', text: 'text' },
})
