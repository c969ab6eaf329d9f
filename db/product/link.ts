/** What the agents' border reads and writes. */
import { sql } from './sql.ts'

export const redeemAgentToken = sql.statement('redeemAgentToken', {
  params: ['bytea', 'text', 'text', 'text', 'bytea', 'text'],
  columns: {
    verdict: 'text',
    agent: 'text?',
    team: 'text?',
    name: 'text?',
    is_new: 'bool?',
    redeemed_at: 'timestamptz?',
  },
})
export const useAgentKey = sql.statement('useAgentKey', {
  params: ['bytea'],
  columns: { agent: 'text', team: 'text', installation: 'text' },
})
export const addAgentKey = sql.statement('addAgentKey', {
  params: ['bytea', 'text', 'text', 'text'],
  columns: { number: 'int8' },
})
export const voidAgentTokens = sql.statement('voidAgentTokens', { params: ['text', 'text'] })
export const removeAgentKeys = sql.statement('removeAgentKeys', { params: ['text', 'text'] })

const tokenColumns = {
  id: 'text',
  name: 'text',
  created_at: 'timestamptz',
  expires_at: 'timestamptz',
  used_by: 'text?',
  created_by: 'text',
  created_by_name: 'text?',
} as const
export const addAgentToken = sql.statement('addAgentToken', {
  params: ['text', 'text', 'text', 'bytea', 'text', 'float8'],
  columns: tokenColumns,
})
export const listAgentTokens = sql.statement('listAgentTokens', {
  params: ['text', 'text?', 'int8'],
  columns: tokenColumns,
})
export const makerOfToken = sql.statement('makerOfToken', {
  params: ['text', 'bytea'],
  columns: { by: 'text', name: 'text?' },
})
export const removeAgentToken = sql.statement('removeAgentToken', {
  params: ['text', 'text'],
  columns: { id: 'text' },
})

export const notePresence = sql.statement('notePresence', {
  params: [
    ...(['text[]', 'float8[]', 'text?[]', 'int4?[]', 'text'] as const),
    ...(['float8', 'float8', 'float8', 'float8', 'float8'] as const),
  ],
  columns: { now: 'timestamptz', suspended: 'bool', steps: 'json' },
})

export const lookAfter = sql.statement('lookAfter', {
  params: ['text[]', 'int8[]'],
  columns: {
    agent: 'text',
    turn: 'int8?',
    version: 'int4?',
    standing: 'text?',
    note: 'text?',
    connection: 'text?',
    held: 'jsonb?',
    released: 'jsonb?',
    jobs: 'json?',
  },
})

export const writeLog = sql.statement('writeLog', {
  params: ['text[]', 'text[]', 'int4[]', 'int4[]', 'timestamptz[]', 'text[]', 'text[]'],
})
export const lastLogged = sql.statement('lastLogged', {
  params: ['text', 'text[]', 'int4[]'],
  columns: { job: 'text', attempt: 'int4', seq: 'int4' },
})
export const readLog = sql.statement('readLog', {
  params: ['text', 'text', 'int4', 'int4', 'int8'],
  columns: { attempt: 'int4', seq: 'int4', at: 'timestamptz', level: 'text', text: 'text' },
})

export const readPlacement = sql.statement('readPlacement', {
  params: ['text'],
  columns: { placement: 'text' },
})

export const findJob = sql.statement('findJob', {
  params: ['text', 'text'],
  columns: { key: 'text' },
})
