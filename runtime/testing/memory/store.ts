/** The store port on a memory database: plain operations, and the promises around them. */
import type { Commit, SqlTurn, Store } from '#runtime/ports.ts'
import { commit } from './commit.ts'
import type { MemoryTables } from './tables.ts'
import { health, inspect, readDead, readHistory, tidy } from './inspection.ts'
import { join, leave, releaseShards, resolve, retireExpired, sweep, takeShards } from './membership.ts'
import { loadShards, readAnswers, readDeferred, readMail, readPosted, readStates } from './reading.ts'
import { beginSql, type SqlSteps } from './sql.ts'

/** The store's methods without the waiting: each runs at once, and entirely. */
export type Operations = {
  readonly [Name in Exclude<keyof Store, 'beginSql' | 'close'>]: (
    ...input: Parameters<Store[Name]>
  ) => Awaited<ReturnType<Store[Name]>>
} & { beginSql(input: Parameters<Store['beginSql']>[0]): SqlSteps }

export type CallName = keyof Operations | 'sql.query' | 'sql.commit' | 'sql.rollback'
/** Decides when an operation runs and what its caller hears of it. */
export type Call = <Result>(name: CallName, run: () => Result, group?: Commit) => Promise<Result>

export function operationsOn(tables: MemoryTables): Operations {
  return {
    join: (input) => join(tables, input),
    sweep: (input) => sweep(tables, input),
    takeShards: (input) => takeShards(tables, input),
    releaseShards: (input) => releaseShards(tables, input),
    retireExpired: (input) => retireExpired(tables, input),
    leave: (input) => leave(tables, input),
    commit: (input) => commit(tables, input),
    resolve: (input) => resolve(tables, input),
    beginSql: (input) => beginSql(tables, input),
    readMail: (input) => readMail(tables, input),
    loadShards: (input) => loadShards(tables, input),
    readDeferred: (input) => readDeferred(tables, input),
    readStates: (input) => readStates(tables, input),
    readAnswers: (input) => readAnswers(tables, input),
    readPosted: (input) => readPosted(tables, input),
    readDead: (input) => readDead(tables, input),
    readHistory: (input) => readHistory(tables, input),
    inspect: (input) => inspect(tables, input),
    health: (input) => health(tables, input),
    tidy: (input) => tidy(tables, input),
  }
}

export function storeOf(operations: Operations, call: Call): Store {
  return {
    join: (input) => call('join', () => operations.join(input)),
    sweep: (input) => call('sweep', () => operations.sweep(input)),
    takeShards: (input) => call('takeShards', () => operations.takeShards(input)),
    releaseShards: (input) => call('releaseShards', () => operations.releaseShards(input)),
    retireExpired: (input) => call('retireExpired', () => operations.retireExpired(input)),
    leave: (input) => call('leave', () => operations.leave(input)),
    commit: (input) => call('commit', () => operations.commit(input), input),
    resolve: (input) => call('resolve', () => operations.resolve(input)),
    beginSql: async (input) => turnOf(await call('beginSql', () => operations.beginSql(input)), call),
    readMail: (input) => call('readMail', () => operations.readMail(input)),
    loadShards: (input) => call('loadShards', () => operations.loadShards(input)),
    readDeferred: (input) => call('readDeferred', () => operations.readDeferred(input)),
    readStates: (input) => call('readStates', () => operations.readStates(input)),
    readAnswers: (input) => call('readAnswers', () => operations.readAnswers(input)),
    readPosted: (input) => call('readPosted', () => operations.readPosted(input)),
    readDead: (input) => call('readDead', () => operations.readDead(input)),
    readHistory: (input) => call('readHistory', () => operations.readHistory(input)),
    inspect: (input) => call('inspect', () => operations.inspect(input)),
    health: (input) => call('health', () => operations.health(input)),
    tidy: (input) => call('tidy', () => operations.tidy(input)),
    close: async () => {},
  }
}

function turnOf(steps: SqlSteps, call: Call): SqlTurn {
  return {
    query: (text, params) => call('sql.query', () => steps.query(text, params)),
    commit: (group) => call('sql.commit', () => steps.commit(group), group),
    rollback: () => call('sql.rollback', () => steps.rollback()),
  }
}
