/** Where the HTTP border reads and writes tables: as a role that owns nothing and sees the rows of one team. */
import pg from 'pg'
import { checkAppRole as readAppRole } from '#db/product/people.ts'
import { OutcomeUnknown, Unavailable } from '#runtime/index.ts'
import { classifiedRead } from '#runtime/postgres/link.ts'

/** The role under which the server answers people and agents. */
export const appRole = 'safelight_app'

/**
 * Runs the work in one transaction that sees and writes rows of one team only, whatever its queries forget to say.
 * Needs a pool whose search path is the product's schema. Throws `Unavailable` where the database is away and nothing
 * has happened, and `OutcomeUnknown` where the answer to the commit was lost. Where the outcome counts only together with
 * a later commit, `onDisk: false` saves the wait: what is written later is never on disk before what was written earlier.
 */
export async function withTeam<T>(
  pool: pg.Pool,
  team: string,
  work: (client: pg.PoolClient) => Promise<T>,
  { onDisk = true }: { onDisk?: boolean } = {},
): Promise<T> {
  const client = await connect(pool)
  try {
    await client.query(onDisk ? opening(team) : `${opening(team)}; set local synchronous_commit = off`)
    const result = await work(client)
    await commit(client)
    client.release()
    return result
  } catch (error) {
    const lost = await client.query('rollback').then(
      () => false,
      () => true,
    )
    client.release(lost)
    throw sorted(error)
  }
}

/** Runs one statement for which there is no team: a look-up before it is known, or of what belongs to none. */
export async function withoutTeam<T>(pool: pg.Pool, work: (pool: pg.Pool) => Promise<T>): Promise<T> {
  try {
    return await work(pool)
  } catch (error) {
    throw sorted(error)
  }
}

/** Refuses a database in which the second wall would not stand. */
export async function checkAppRole(pool: pg.Pool): Promise<void> {
  const [role] = await readAppRole.run(pool, appRole)
  if (role === undefined)
    throw new Error(`the role ${appRole} is missing: restore it with "create role ${appRole} nologin"`)
  if (role.all_powerful || role.owns)
    throw new Error(
      `the role ${appRole} must not be a superuser, bypass row-level security or own tables: take that from it`,
    )
}

// One message, so one round trip. Both settings end with the transaction.
function opening(team: string): string {
  const tenant = pg.escapeLiteral(team)
  return `begin; select set_config('role', '${appRole}', true), set_config('runtime.tenant', ${tenant}, true)`
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    throw new Unavailable('the database can not be reached', { cause: error })
  }
}

async function commit(client: pg.PoolClient): Promise<void> {
  try {
    await client.query('commit')
  } catch (error) {
    const answered = error instanceof pg.DatabaseError && error.severity === 'ERROR'
    throw answered ? error : new OutcomeUnknown('the answer to a commit was lost', { cause: error })
  }
}

/** What the database said about a statement stays as it is: a constraint's name says what to tell the caller. */
function sorted(error: unknown): unknown {
  if (!isFromDatabase(error)) return error
  const classified = classifiedRead(error)
  return classified instanceof Unavailable ? classified : error
}

function isFromDatabase(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return true
  return error instanceof Error && (/^E[A-Z]+$/.test(codeOf(error)) || lostConnection.test(error.message))
}

/** As pg words it where a query finds its connection gone. */
const lostConnection =
  /^(Connection terminated|Client (was closed|has encountered)|timeout exceeded when trying)/

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : ''
}
