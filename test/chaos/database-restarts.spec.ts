import { expect } from 'chai'
import type { EmbeddedServer } from '#db/embedded/start.ts'
import { runSettings } from '../support/run.ts'
import { onEachServer, ownServer, restart } from './servers.ts'
import { Trial } from './trial.ts'

const { rounds } = runSettings()
/** A turn whose transaction the database ended is a failed attempt; it is made again. */
const ofSqlTurns = ['turns that failed']

describe('a database that ends its sessions', () => {
  onEachServer((server) => {
    let trial: Trial
    afterEach(() => trial.end())

    // Mutant: no-error-listener-on-clients.
    it('again and again, ends no process and loses nothing', async () => {
      trial = await Trial.start({ server: await server() })
      startClients(trial)
      await trial.startSenders({ rounds: 60 * rounds })
      await trial.during(6 * rounds, async () => {
        await trial.tables.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid()`,
        )
      })
      await trial.expectAllWell(ofSqlTurns)
      expect(trial.cluster.deaths, 'processes that ended').to.equal(0)
    }).timeout(60_000 * rounds)

    // Mutant: conflicts-are-bugs.
    it('refuses transactions that conflict, and has them tried again', async () => {
      trial = await Trial.start({ server: await server(), nodes: 2 })
      await refuseSome(trial)
      startClients(trial)
      await trial.startSenders({ rounds: 60 * rounds })
      await trial.expectAllWell()
      for (const node of trial.cluster.nodes)
        expect((await node.call('metrics')).bisections, 'groups taken apart').to.equal(0)
    }).timeout(60_000 * rounds)
  })
})

describe('a database that ends', () => {
  let server: EmbeddedServer
  let trial: Trial
  beforeEach(async () => {
    server = await ownServer()
  })
  afterEach(async () => {
    await trial.end()
    await server.stop()
  })

  // Mutant: commits-not-durable.
  it('keeps all that it has acknowledged, whether it is told to end or killed', async () => {
    trial = await Trial.start({ server })
    startClients(trial)
    await trial.startSenders({ rounds: 60 * rounds })
    const signals = ['SIGKILL', 'SIGINT', 'SIGKILL', 'SIGQUIT'] as const
    await trial.during(4 * rounds, (time) => restart(server, signals[time % 4] ?? 'SIGKILL'))
    await trial.expectAllWell(ofSqlTurns)
    expect(trial.cluster.deaths, 'processes that ended').to.equal(0)
  }).timeout(120_000 * rounds)
})

describe('a database that lets nobody in for a while', () => {
  // Mutant: larger-reads-after-failures.
  it('is waited for, and more timers than memory holds are rung afterwards', async () => {
    const trial = await Trial.start({ nodes: 1, proxied: true, settings: { deferredMax: 40 } })
    await trial.startSenders({ senders: 200, rounds: 2, burst: 1, everyMs: 2_000 })
    await trial.database.allowConnections(false)
    trial.proxy?.cut()
    for (let tries = 0; tries < 100; tries++) await trial.proxy?.connected((name) => name === 'runtime n0')
    await trial.database.allowConnections(true)
    await trial.expectAllWell()
    await trial.end()
  }).timeout(60_000)
})

function startClients({ clients }: Trial): void {
  clients.begin('send', 3, 60 * rounds).begin('tell', 2, 40 * rounds)
  clients.begin('keep', 2, 40 * rounds).begin('enter', 1, 20 * rounds)
}

/** Every tenth group or so meets another transaction, as the database might say at any moment. */
async function refuseSome({ tables }: Trial): Promise<void> {
  await tables.query(
    `create function refuse_some() returns trigger language plpgsql as $$
     begin
       if random() < 0.05 then
         raise exception 'could not serialize access' using errcode = '40001';
       elsif random() < 0.05 then
         raise exception 'canceling statement due to lock timeout' using errcode = '55P03';
       end if;
       return null;
     end $$`,
  )
  await tables.query('create trigger refuse_some after insert on history execute function refuse_some()')
}
