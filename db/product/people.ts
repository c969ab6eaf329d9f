/** Teams, users, and how they prove who they are. */
import { sql } from './sql.ts'

export const checkAppRole = sql.statement('checkAppRole', {
  params: ['text'],
  columns: { all_powerful: 'bool', owns: 'bool' },
})

const teamColumns = {
  id: 'text',
  name: 'text',
  placement: 'text',
  running_max: 'int4?',
  created_at: 'timestamptz',
} as const

export const insertTeam = sql.statement('insertTeam', { params: ['text', 'text'] })
export const listTeams = sql.statement('listTeams', {
  params: ['text', 'int8'],
  columns: teamColumns,
})
export const claimingTeams = sql.statement('claimingTeams', { params: [], columns: { id: 'text' } })
export const changeTeam = sql.statement('changeTeam', {
  params: ['text', 'text?', 'text?', 'bool', 'int4?'],
  columns: teamColumns,
})

const userColumns = {
  id: 'text',
  team: 'text',
  email: 'text',
  name: 'text',
  role: 'text',
  system: 'bool',
  disabled: 'bool',
  created_at: 'timestamptz',
} as const

export const insertUser = sql.statement('insertUser', {
  params: ['text', 'text', 'text', 'text', 'text', 'bool', 'text'],
})
export const findUser = sql.statement('findUser', {
  params: ['text', 'text'],
  columns: {
    ...userColumns,
    team_name: 'text',
    team_placement: 'text',
    team_running_max: 'int4?',
    team_created_at: 'timestamptz',
  },
})
export const listUsers = sql.statement('listUsers', {
  params: ['text', 'text', 'int8'],
  columns: userColumns,
})
export const holdAdmins = sql.statement('holdAdmins', {
  params: [],
  columns: { pg_advisory_xact_lock: 'void' },
})
export const otherAdmins = sql.statement('otherAdmins', {
  params: ['text', 'text'],
  columns: { id: 'text' },
})
export const isLastSystemAdmin = sql.statement('isLastSystemAdmin', {
  params: ['text'],
  columns: { last: 'bool' },
})
export const changeUser = sql.statement('changeUser', {
  params: ['text', 'text', 'text?', 'text?', 'bool?', 'text?'],
})
export const improvePassword = sql.statement('improvePassword', {
  params: ['text', 'text', 'text', 'text'],
})

export const findPassword = sql.statement('findPassword', {
  params: ['text'],
  columns: { id: 'text', team: 'text', password: 'text' },
})
export const countTries = sql.statement('countTries', {
  params: ['text[]', 'int4', 'float8'],
  columns: { wait_ms: 'float8' },
})

export const insertSession = sql.statement('insertSession', {
  params: ['text', 'bytea', 'text', 'text', 'text?', 'text?', 'float8'],
})
export const findSession = sql.statement('findSession', {
  params: ['bytea', 'float8'],
  columns: {
    id: 'text',
    team: 'text',
    user_id: 'text',
    role: 'text',
    system: 'bool',
    expires_at: 'timestamptz',
    renewed: 'bool',
  },
})
export const holdSession = sql.statement('holdSession', {
  params: ['text', 'text'],
  columns: { id: 'text' },
})
export const endSession = sql.statement('endSession', { params: ['text', 'text'] })
export const endSessions = sql.statement('endSessions', {
  params: ['text', 'text'],
  columns: { id: 'text' },
})

const tokenColumns = {
  id: 'text',
  name: 'text',
  prefix: 'text',
  scopes: 'text[]',
  created_at: 'timestamptz',
  expires_at: 'timestamptz',
  last_used_at: 'timestamptz?',
} as const

export const insertToken = sql.statement('insertToken', {
  params: ['text', 'bytea', 'text', 'text', 'text', 'text', 'text[]', 'timestamptz?', 'float8'],
  columns: tokenColumns,
})
export const findToken = sql.statement('findToken', {
  params: ['bytea'],
  columns: {
    id: 'text',
    team: 'text',
    user_id: 'text',
    role: 'text',
    system: 'bool',
    expires_at: 'timestamptz',
    scopes: 'text[]',
  },
})
export const listTokens = sql.statement('listTokens', {
  params: ['text', 'text', 'text', 'int8'],
  columns: tokenColumns,
})
export const holdToken = sql.statement('holdToken', {
  params: ['text', 'text', 'text'],
  columns: { id: 'text' },
})
export const removeToken = sql.statement('removeToken', {
  params: ['text', 'text', 'text'],
  columns: { id: 'text' },
})

export const insertJwtKey = sql.statement('insertJwtKey', {
  params: ['text', 'jsonb', 'float8'],
  columns: { created_at: 'timestamptz' },
})
export const findJwt = sql.statement('findJwt', {
  params: ['text', 'text', 'text'],
  columns: {
    public_key: 'jsonb',
    team: 'text',
    role: 'text',
    system: 'bool',
    scopes: 'text[]?',
    valid_since: 'timestamptz',
    now: 'timestamptz',
  },
})
export const insertJwtGrant = sql.statement('insertJwtGrant', {
  params: ['text', 'text', 'text', 'text?', 'text?', 'text[]?', 'float8', 'timestamptz', 'bytea'],
  columns: { expires_at: 'timestamptz', now: 'timestamptz' },
})
export const refreshJwt = sql.statement('refreshJwt', {
  params: ['bytea', 'bytea', 'float8'],
  columns: {
    verdict: 'text',
    id: 'text',
    team: 'text',
    user_id: 'text',
    ends_at: 'timestamptz',
    expires_at: 'timestamptz',
    now: 'timestamptz',
  },
})
export const endJwtGrant = sql.statement('endJwtGrant', { params: ['text', 'text'] })
export const endJwtGrantsOf = sql.statement('endJwtGrantsOf', {
  params: ['text', 'text?', 'text?'],
  columns: { id: 'text' },
})
export const endJwtGrantsOfUser = sql.statement('endJwtGrantsOfUser', { params: ['text', 'text'] })

export const offerWelcomeLink = sql.statement('offerWelcomeLink', {
  params: ['bytea', 'float8'],
  columns: { expires_at: 'timestamptz' },
})
export const isWelcome = sql.statement('isWelcome', { params: ['bytea'], columns: { welcome: 'bool' } })
export const takeWelcomeLink = sql.statement('takeWelcomeLink', {
  params: ['bytea'],
  columns: { taken: 'bool' },
})
export const tidyPeople = sql.statement('tidyPeople', { params: [] })
