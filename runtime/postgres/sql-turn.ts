import type pg from 'pg'
import { commitGroup, enterSqlTurn } from '../../db/runtime/statements.ts'
import { CommitRejected, reasonOf, Unavailable } from '../errors.ts'
import type { Commit, Committed, SqlTurn } from '../ports.ts'
import { commitParams } from './commit-params.ts'
import { classifiedRead, classifiedWrite, inTime } from './link.ts'

interface SqlTurnOptions {
  readonly pool: pg.Pool
  readonly deadlineMs: number
  readonly role?: string
  readonly tenant: string | null
}

/** Postgres's own word for the role that the session was opened with. */
const sessionRole = 'none'

/**
 * A transaction in which a turn runs its own SQL, under a role of its own; the turn's effects join it
 * as the last statement, so that the fence is locked for an instant only.
 */
export async function openSqlTurn({ pool, deadlineMs, role, tenant }: SqlTurnOptions): Promise<SqlTurn> {
  const client = await pool.connect().catch((error: unknown) => {
    throw new Unavailable(`no connection to the database: ${reasonOf(error)}`, { cause: error })
  })
  try {
    await inTime(client, deadlineMs, client.query('begin'))
    await inTime(client, deadlineMs, enterSqlTurn.run(client, tenant ?? '', role ?? sessionRole))
    return sqlTurn(client, deadlineMs, role !== undefined)
  } catch (error) {
    client.release(true)
    throw classifiedRead(error)
  }
}

function sqlTurn(client: pg.PoolClient, deadlineMs: number, hasRole: boolean): SqlTurn {
  return {
    async query(text, params = []) {
      try {
        return (await inTime(client, deadlineMs, client.query(text, [...params]))).rows
      } catch (error) {
        const sorted = classifiedRead(error)
        // A statement's own mistake is the handler's bug, not the runtime's.
        throw sorted instanceof CommitRejected ? error : sorted
      }
    },
    async commit(commit: Commit): Promise<Committed> {
      try {
        if (hasRole) await inTime(client, deadlineMs, client.query('reset role'))
        const params = commitParams(commit, null)
        const [row] = await inTime(client, deadlineMs, commitGroup.runEncoded(client, params))
        const done = await inTime(client, deadlineMs, committed(client, row))
        client.release()
        return done
      } catch (error) {
        client.release(true)
        throw classifiedRead(error)
      }
    },
    async rollback() {
      const lost = await inTime(client, deadlineMs, client.query('rollback')).then(
        () => false,
        () => true,
      )
      client.release(lost)
    },
  }
}

/** Only the answer to `commit` itself leaves the outcome open when it is lost. */
async function committed(
  client: pg.PoolClient,
  row: { at: number; duplicates: readonly string[] } | undefined,
): Promise<Committed> {
  try {
    await client.query('commit')
  } catch (error) {
    throw classifiedWrite(error)
  }
  return { at: row?.at ?? 0, duplicates: row?.duplicates ?? [] }
}
