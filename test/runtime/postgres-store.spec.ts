import { openStore } from '#runtime/postgres/store.ts'
import type { Store } from '#runtime/ports.ts'
import { type DatabaseServer, freshDatabase } from '#test/support/database.ts'
import { systemPostgres } from '#test/support/system-postgres.ts'
import { describeStore, type StoreSetup } from './conformance.ts'

// Waits inside the server, on the clock that leases are judged by.
const untilExpired = `do $$ begin
  while exists (
    select from lease
    where retired_at is null and lease_until < clock_timestamp() + interval '10 s' and lease_until >= lease_floor()
  ) loop perform pg_sleep(0.01); end loop;
end $$`

async function setup(server?: DatabaseServer): Promise<StoreSetup> {
  const database = await freshDatabase(server)
  const pool = database.pool({ schema: 'runtime', max: 2 })
  const stores: Store[] = []
  return {
    async connect() {
      const store = await openStore({ url: database.url, schema: 'runtime', name: 'spec' })
      stores.push(store)
      return store
    },
    async untilExpired() {
      await pool.query(untilExpired)
    },
    async post({ kind, key, type, body = 'null' }) {
      await pool.query('select send_mail($1, $2, $3, $4)', [kind, key, type, body])
    },
    async close() {
      await Promise.all(stores.map((store) => store.close()))
      await pool.end()
      await database.drop()
    },
  }
}

describeStore('the PostgreSQL of this run', () => setup())

describe("the system's PostgreSQL, where there is one", () => {
  let system: Awaited<ReturnType<typeof systemPostgres>>
  before(async () => {
    system = await systemPostgres()
  })
  after(() => system?.stop())
  describeStore("the system's PostgreSQL", () => setup(system))
})
