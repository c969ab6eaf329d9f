import { expect } from 'chai'
import pg from 'pg'
import { receiver, register } from './kinds.ts'
import { isNotification } from './requests.ts'
import { Trial } from './trial.ts'
import { until } from './until.ts'

const channel = 'runtime_wake_runtime'
const toListen = (application: string) => application.endsWith(' listen')
/** A sweep comes so late that what is found earlier was told. */
const slow = { leaseMs: 90_000, sweepMs: 30_000 }

describe('notifications', () => {
  let trial: Trial
  afterEach(() => trial.end())

  // Mutant: no-sweep-for-mail.
  it('that are all lost cost nothing but the time until the next sweep', async () => {
    const sweepMs = 400
    trial = await Trial.start({ nodes: 2, proxied: true, settings: { leaseMs: 3_000, sweepMs } })
    trial.proxy?.dropFromServer(isNotification)
    await trial.balanced()
    trial.clients.begin('keep', 2, 10)
    await trial.startSenders({ rounds: 20, everyMs: 50 })
    await trial.expectAllWell()
    const [row] = await trial.tables.query<{ ms: number }>(
      `select max((state ->> 'latestMs')::float8) as ms from actor where kind = 'receiver'`,
    )
    expect(row?.ms, 'the latest message, in ms').to.be.lessThan(3 * sweepMs)
  })

  // Mutants: no-heartbeat, no-sweep-after-listen.
  it('go on after a link that had gone silent; what was missed meanwhile is found at once', async () => {
    trial = await Trial.start({ nodes: 2, proxied: true, settings: slow })
    await trial.balanced()
    const again = trial.proxy?.connected(toListen)
    trial.proxy?.silence(toListen)
    await sendToAll(trial, 1)
    await again
    await untilAllHave(trial, 1)
    await sendToAll(trial, 2)
    await untilAllHave(trial, 2)
  }).timeout(40_000)

  // Mutant: garbage-is-fatal.
  it('may come by the thousand, and mean nothing', async () => {
    trial = await Trial.start({ nodes: 2, settings: { leaseMs: 10_000, sweepMs: 1_000 } })
    const node = trial.cluster.node(0)
    const garbage = [
      '',
      'null',
      '{"a":1}',
      '-1',
      '1e9',
      '5,x',
      '0.5',
      '٣',
      'x'.repeat(7_999),
      ','.repeat(7_000),
    ]
    for (const payload of garbage) await trial.tables.query('select pg_notify($1, $2)', [channel, payload])
    const before = await node.call('metrics')
    await trial.tables.query(
      `select pg_notify($1, (number % 256) || ',' || number) from generate_series(1, 10000) as number`,
      [channel],
    )
    for (let time = 0; time < 500; time++) await trial.tables.query('select wake()')
    trial.clients.begin('tell', 2, 20).begin('keep', 2, 20)
    await trial.startSenders({ rounds: 10 })
    await trial.expectAllWell()
    const after = await node.call('metrics')
    expect(after.reads - before.reads, 'reads').to.be.lessThan(2_000)
    expect(node.fenced + trial.cluster.deaths, 'lives that ended').to.equal(0)
  })

  // Mutants: notify-within-the-commit, endless-tokens.
  it('are no more than the tokens allow, and come from no session that writes', async () => {
    const limits = { notifyPerSecond: 10, notifyBurst: 5 }
    trial = await Trial.start({ nodes: 2, settings: limits })
    const heard = await hearAll(trial)
    await trial.startSenders({ rounds: 60 })
    await trial.expectAllWell()
    const applications = await trial.tables.query<{ pid: number; name: string }>(
      'select pid, application_name as name from pg_stat_activity',
    )
    const names = new Map(applications.map(({ pid, name }) => [pid, name]))
    const seconds = await heard.end()
    const allowed = limits.notifyBurst + limits.notifyPerSecond * (seconds + 1)
    for (const [pid, count] of heard.byPid) {
      expect(names.get(pid), 'the session that notifies').to.match(/ notify$/)
      expect(count, `notifications by ${names.get(pid)}`).to.be.lessThan(allowed)
    }
    expect(heard.byPid.size, 'sessions that notify').to.equal(2)
  })
})

/** One message to each of some actors, all over the shards. */
async function sendToAll({ cluster }: Trial, number: number): Promise<void> {
  const sends = Array.from({ length: 8 }, (_, at) =>
    cluster.node(at % 2).call('send', receiver.at(String(at)).take({ from: 'spec', number, sentMs: 0 })),
  )
  await Promise.all(sends)
  await cluster.node(0).call('ask', register.at('tell-0').keep({ client: 'spec', number }))
}

async function untilAllHave(trial: Trial, number: number): Promise<void> {
  await until('all messages are taken', async () => (await trial.taken()) === 8 * number, {
    withinMs: 15_000,
  })
}

/** Counts notifications by the session that sent them. */
async function hearAll({ database }: Trial) {
  const client = new pg.Client({ connectionString: database.url, application_name: 'spec listen' })
  const byPid = new Map<number, number>()
  client.on('notification', ({ processId }) => byPid.set(processId, (byPid.get(processId) ?? 0) + 1))
  await client.connect()
  await client.query(`listen ${channel}`)
  const began = performance.now()
  return {
    byPid,
    async end() {
      await client.query('select')
      await client.end()
      return (performance.now() - began) / 1000
    },
  }
}
