/** Queries about jobs and agents. Those with `product.` in front of the tables are made for turns of actors. */
import { sql } from './sql.ts'

/** `fresh`: this call has made it. Not `same`: the key is another body's. */
export const newSubmission = sql.statement('newSubmission', {
  params: ['text', 'text?', 'bytea?', 'text'],
  columns: { job: 'text', seq: 'int8', at: 'timestamptz', fresh: 'bool', same: 'bool' },
})
export const countWaiting = sql.statement('countWaiting', {
  params: ['text', 'int8'],
  columns: { waiting: 'int4' },
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
  },
})
export const insertResult = sql.statement('insertResult', {
  params: ['text', 'text', 'int4', 'text', 'text', 'text', 'timestamptz', 'json'],
})
export const countBoundJobs = sql.statement('countBoundJobs', {
  params: ['text', 'text'],
  columns: { unfinished: 'int4' },
})
export const renameAgent = sql.statement('renameAgent', { params: ['text', 'text'] })
export const removeIdentity = sql.statement('removeIdentity', { params: ['text'] })
