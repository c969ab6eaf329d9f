/** Queries about jobs and agents. Those with `product.` in front of the tables are made for turns of actors. */
import { sql } from './sql.ts'

/** `fresh`: this call has made it. Not `same`: the key is another body's. */
export const newSubmission = sql.statement('newSubmission', {
  params: ['text', 'text?', 'bytea?', 'text'],
  columns: { job: 'text', seq: 'int8', at: 'timestamptz', fresh: 'bool', same: 'bool' },
})
export const countWaiting = sql.statement('countWaiting', {
  params: ['text', 'int8', 'text[]'],
  columns: { waiting: 'int4' },
})
export const deepestRoot = sql.statement('deepestRoot', {
  params: ['text', 'text'],
  columns: { place: 'text' },
})
export const readMisplaced = sql.statement('readMisplaced', {
  params: ['text', 'int8'],
  columns: { job: 'text', place: 'text' },
})
export const readTarget = sql.statement('readTarget', {
  params: ['text', 'text'],
  columns: {
    name: 'text',
    standing: 'text',
    leaving: 'bool',
    places: 'text[]',
    roots: 'jsonb',
    known: 'bool',
  },
})
export const readQueue = sql.statement('readQueue', {
  params: [
    ...(['text', 'text[]', 'int4[]', 'text[]', 'text[]'] as const),
    ...(['text', 'text?', 'int4', 'int4'] as const),
  ],
  columns: { queue: 'json' },
})
export const readCandidates = sql.statement('readCandidates', {
  params: ['text', 'text[]', 'int8'],
  columns: {
    agent: 'text',
    name: 'text',
    slots: 'int4',
    holding: 'text[]',
    abilities: 'text[]',
    liveness: 'text',
    granted_at: 'float8',
    success: 'jsonb',
    load: 'jsonb?',
    recent: 'float8',
    now: 'timestamptz',
  },
})
export const insertResult = sql.statement('insertResult', {
  params: ['text', 'text', 'int4', 'text', 'text', 'text', 'timestamptz', 'json'],
})
export const readExpired = sql.statement('readExpired', {
  params: ['float8', 'int8'],
  columns: { job: 'text' },
})
export const forgetLog = sql.statement('forgetLog', {
  params: ['text[]', 'int8'],
  columns: { deleted: 'int4' },
})
export const forgetResults = sql.statement('forgetResults', { params: ['text[]'] })
export const forgetSubmissions = sql.statement('forgetSubmissions', { params: ['text[]'] })
export const countBoundJobs = sql.statement('countBoundJobs', {
  params: ['text', 'text'],
  columns: { unfinished: 'int4' },
})
export const renameAgent = sql.statement('renameAgent', { params: ['text', 'text'] })
export const removeIdentity = sql.statement('removeIdentity', { params: ['text'] })
