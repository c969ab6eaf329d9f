/** The runtime's queries, each with the types it takes and gives. */
import { loadSql } from '../statement.ts'

export const sql = loadSql(new URL('./queries/', import.meta.url))

export const joinCluster = sql.statement('joinCluster', {
  params: ['text', 'float8'],
  columns: { incarnation: 'int4', shards: 'int4', now: 'timestamptz' },
})

export const sweep = sql.statement('sweep', {
  params: ['int4', 'float8', 'bool', 'int4[]', 'int8[]'],
  columns: {
    now: 'timestamptz',
    retired: 'bool',
    nodes: 'json',
    owned: 'int4[]',
    free: 'int4',
    expired: 'bool',
    mail: 'bool',
    posted: 'bool',
  },
})

export const takeShards = sql.statement('takeShards', {
  params: ['int4', 'int4'],
  columns: { taken: 'int4[]' },
})
export const releaseShards = sql.statement('releaseShards', {
  params: ['int4', 'int4[]'],
  columns: { release_shards: 'void' },
})
export const retireExpired = sql.statement('retireExpired', {
  params: ['int4'],
  columns: { retired: 'int4[]' },
})
export const leaveCluster = sql.statement('leaveCluster', {
  params: ['int4'],
  columns: { leave_cluster: 'void' },
})
export const resolveGroup = sql.statement('resolveGroup', {
  params: ['int4', 'int8'],
  columns: { committed: 'bool', group_number: 'int8' },
})

export const commitGroup = sql.statement('commitGroup', {
  params: [
    ...(['int4', 'int8', 'text?'] as const),
    // Settled mail and put-off mail.
    ...(['int4[]', 'int8[]', 'int4[]', 'int8[]'] as const),
    // States changed, then new.
    ...(['text[]', 'text[]', 'int8[]', 'int8[]', 'text[]', 'bool[]'] as const),
    ...(['text[]', 'text[]', 'int4[]', 'int8[]', 'text[]', 'bool[]'] as const),
    // Mail.
    ...(['int8[]', 'int4[]', 'text[]', 'text[]', 'text[]', 'text[]', 'text[]'] as const),
    // History.
    'text?',
    'jsonb?',
  ],
  columns: { at: 'float8', fence_at: 'text', duplicates: 'text[]' },
})

export const enterSqlTurn = sql.statement('enterSqlTurn', {
  params: ['text', 'text'],
  columns: { tenant: 'text', row_security: 'text', role: 'text' },
})

export const readMail = sql.statement('readMail', {
  params: ['int4?', 'int4[]', 'int4[]', 'int8[]', 'int4'],
  columns: {
    lane: 'int4',
    top: 'int8',
    seq: 'int8?',
    shard: 'int4?',
    kind: 'text?',
    key: 'text?',
    type: 'text?',
    body: 'json?',
    sent_at: 'float8?',
    envelope: 'json?',
  },
})

const deferredColumns = {
  lane: 'int4',
  seq: 'int8',
  shard: 'int4',
  due: 'float8',
  reason: 'text',
  name: 'text?',
  repeat: 'text?',
  attempts: 'jsonb',
  kind: 'text',
  key: 'text',
  type: 'text',
  body: 'json',
  sender: 'text?',
  sender_turn: 'int8',
  trace: 'text',
  sent_at: 'float8',
  rare: 'jsonb?',
} as const
export const readCrashed = sql.statement('readCrashed', { params: ['int4[]'], columns: { id: 'int4' } })
export const readRetries = sql.statement('readRetries', { params: ['int4[]'], columns: deferredColumns })
export const readDeferred = sql.statement('readDeferred', {
  params: ['int4[]', 'timestamptz', 'int4'],
  columns: deferredColumns,
})
export const readPosted = sql.statement('readPosted', {
  params: ['int4[]', 'int4'],
  columns: {
    id: 'int8',
    shard: 'int4',
    kind: 'text',
    key: 'text',
    type: 'text',
    body: 'json',
    due: 'float8?',
  },
})
export const notifyWake = sql.statement('notifyWake', { params: ['text'], columns: { pg_notify: 'void' } })

export const readStates = sql.statement('readStates', {
  params: ['text[]', 'text[]'],
  columns: { kind: 'text', key: 'text', turn: 'int8', state: 'jsonb', parked: 'bool', past: 'text?' },
})
export const readAnswers = sql.statement('readAnswers', {
  params: ['text[]'],
  columns: { request_id: 'text', answer: 'text' },
})
export const readDead = sql.statement('readDead', {
  params: ['int8[]?', 'text?', 'text?', 'text?', 'text?', 'int8?', 'int8'],
  columns: {
    id: 'int8',
    at: 'float8',
    kind: 'text',
    key: 'text',
    type: 'text',
    body: 'json',
    sender: 'text?',
    sender_turn: 'int8',
    trace: 'text',
    cause: 'text',
    reason: 'text',
    attempts: 'jsonb',
    redriven: 'int4',
    rare: 'jsonb?',
  },
})
export const readHistory = sql.statement('readHistory', {
  params: ['text', 'text', 'text', 'int8', 'int4'],
  columns: { at: 'float8', entry: 'json' },
})
export const inspectActor = sql.statement('inspectActor', {
  params: ['text', 'text'],
  columns: {
    shard: 'int4',
    owner: 'int4?',
    owner_name: 'text?',
    lease_until: 'float8?',
    waiting: 'int4',
    oldest: 'float8?',
    dead: 'int4',
    deferred: 'json',
  },
})

export const health = sql.statement('health', {
  params: [],
  columns: {
    nodes: 'int4',
    shards: 'int4',
    free_shards: 'int4',
    dead_letters: 'int4',
    parked: 'int4',
    history_default_rows: 'bool',
  },
})
export const keepHistory = sql.statement('keepHistory', {
  params: ['float8', 'int8?'],
  columns: { keep_history: 'void' },
})
export const forgetAnswers = sql.statement('forgetAnswers', { params: ['float8'] })
export const forgetLetters = sql.statement('forgetLetters', { params: [] })
export const forgetEnded = sql.statement('forgetEnded', { params: ['float8'] })
export const forgetNodes = sql.statement('forgetNodes', { params: [] })
export const checkSqlRole = sql.statement('checkSqlRole', {
  params: ['name'],
  columns: { all_powerful: 'bool', owns: 'bool', may_take: 'bool' },
})
export const oldestTransactions = sql.statement('oldestTransactions', {
  params: ['float8'],
  columns: {
    pid: 'int4',
    application: 'text',
    usename: 'name',
    state: 'text?',
    open_ms: 'float8',
    query: 'text',
  },
})
