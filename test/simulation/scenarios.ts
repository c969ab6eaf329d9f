/** What is done to a simulated cluster, and what must be so when all is quiet again. */
import { expect } from 'chai'
import { HandlerFailed, Refused } from '#runtime/errors.ts'
import type { SqlModel } from '#runtime/testing/memory/sql.ts'
import type { SimulatedCluster } from '#runtime/testing/simulate.ts'
import { account, accounts, alarm, boss, counter, hopper, hoppers, ledger, ledgers, moody } from './kinds.ts'

type Part = (cluster: SimulatedCluster, round: number) => Promise<Check | void>
type Check = () => unknown

/** Answers the one statement that the ledger makes. */
export const entries: SqlModel = (_text, [id], tables) => {
  tables.set('entry', [...(tables.get('entry') ?? []), { id }])
  return []
}

/** Rounds of everything at once, until there were enough turns. */
export async function everything(cluster: SimulatedCluster, turns: number): Promise<Check> {
  const checks: Check[] = []
  for (let round = 0; cluster.turns < turns || round < 3; round += 1) {
    const found = await Promise.all(parts.map((part) => part(cluster, round)))
    checks.push(...found.filter((check) => check !== undefined))
    await cluster.sleep(cluster.random() * 500)
  }
  return async () => {
    for (const check of [...checks, checkMoney(cluster), checkAlarms(cluster)]) await check()
  }
}

const passTokens: Part = async (cluster, round) => {
  const starts = Array.from({ length: 6 }, (_, token) =>
    hopper.at(String(someOf(cluster, hoppers))).pass({ token: `${round}-${token}`, hops: 25 }),
  )
  await Promise.all(starts.map((start) => cluster.send(start)))
}

const transferMoney: Part = async (cluster) => {
  await Promise.all(Array.from({ length: 12 }, () => transfer(cluster)))
}

async function transfer(cluster: SimulatedCluster): Promise<void> {
  const [from, to] = [someOf(cluster, accounts), someOf(cluster, accounts)].map((name) =>
    account.at(String(name)),
  )
  const message = from?.transfer({ to: String(someOf(cluster, accounts)), amount: 1 + someOf(cluster, 40) })
  if (!message || !to) return
  if (cluster.random() < 0.5) return cluster.send(message)
  try {
    await cluster.ask(message)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
  }
}

function checkMoney(cluster: SimulatedCluster): Check {
  return () => {
    const balances = Array.from(
      { length: accounts },
      (_, name) => cluster.state<{ balance: number }>({ kind: 'account', key: String(name) })?.balance ?? 100,
    )
    expect(
      balances.reduce((sum, balance) => sum + balance, 0),
      'all the money',
    ).to.equal(100 * accounts)
  }
}

/** However often a request is repeated, it counts once. */
const askOften: Part = async (cluster, round) => {
  const target = counter.at(`asked-${round}`)
  const amounts = Array.from({ length: 8 }, () => 1 + someOf(cluster, 9))
  const ways = [target.add, target.addDurably, target.addSlowly]
  const replies = await Promise.all(
    amounts.map((by, at) => cluster.ask((ways[at % 3] ?? target.add).call(target, { by }))),
  )
  const total = amounts.reduce((sum, by) => sum + by, 0)
  return async () => {
    expect(Math.max(...replies), `the highest reply of asked-${round}`).to.equal(total)
    expect(await cluster.ask(target.get())).to.equal(total)
  }
}

const sendWithKeys: Part = async (cluster, round) => {
  const target = counter.at(`sent-${round}`)
  await Promise.all(Array.from({ length: 8 }, (_, at) => cluster.send(target.add({ by: 1, note: `${at}` }))))
  return () =>
    expect(
      cluster.state<{ total: number }>({ kind: 'counter', key: `sent-${round}` })?.total,
      `sent-${round}`,
    ).to.equal(8)
}

const postBySql: Part = async (cluster, round) => {
  for (let at = 0; at < 5; at += 1)
    cluster.post({ kind: 'counter', key: `posted-${round}`, type: 'add', body: '{"by":1}' })
  return () =>
    expect(
      cluster.state<{ total: number }>({ kind: 'counter', key: `posted-${round}` })?.total,
      `posted-${round}`,
    ).to.equal(5)
}

const setAlarms: Part = async (cluster, round) => {
  const target = alarm.at(`alarm-${round % 5}`)
  await Promise.all([
    ...Array.from({ length: 4 }, (_, at) =>
      cluster.send(target.set({ ms: someOf(cluster, 5_000), name: `${round}-${at}` })),
    ),
    cluster.send(target.setThenCancel({ ms: someOf(cluster, 2_000) })),
    cluster.send(
      alarm
        .at(`ticker-${round % 3}`)
        .startTicking({ every: cluster.random() < 0.5 ? '700ms' : '*/2 * * * * *' }),
    ),
  ])
}

function checkAlarms(cluster: SimulatedCluster): Check {
  return () => {
    for (let name = 0; name < 5; name += 1) {
      const state = cluster.state<{ set: number; rung: number; never: number }>({
        kind: 'alarm',
        key: `alarm-${name}`,
      })
      expect(state?.rung, `alarm-${name} rings as often as it was set`).to.equal(state?.set)
      expect(state?.never ?? 0, `alarm-${name} never rings when taken back`).to.equal(0)
    }
  }
}

const failAtWork: Part = async (cluster, round) => {
  await cluster.send(
    boss.at(String(round % 3)).give({ to: String(someOf(cluster, 2)), count: 6, failing: 0.3 }),
  )
}

/** A parked actor rests until somebody resumes it, too early, meanwhile or at the end; then nothing is missing. */
const parkAndResume: Part = async (cluster, round) => {
  const target = moody.at(String(round))
  for (const breaks of [false, true, false, false]) await cluster.send(target.work({ breaks }))
  const early = moody.at(String(Math.max(0, round - someOf(cluster, 3))))
  void cluster
    .anyNode()
    .then((node) => node.resume(early.quit()))
    .catch(() => {})
  return async () => {
    await cluster.expectEventually(async () => (await cluster.anyNode()).resume(target.quit()))
    await cluster.expectEventually(() => {
      const done = cluster.state<{ done: number }>({ kind: 'moody', key: String(round) })?.done
      expect(done, `moody/${round}`).to.equal(3)
      const told = cluster.state<{ total: number }>({ kind: 'counter', key: `told-of-${round}` })?.total
      expect(told, `told-of-${round}`).to.equal(1)
    })
  }
}

const quitAndBeginAnew: Part = async (cluster, round) => {
  const target = moody.at(`quitter-${round}`)
  await cluster.send(target.work({ breaks: false }))
  await cluster.send(target.quit())
  await cluster.send(target.work({ breaks: false }))
}

const enterInLedger: Part = async (cluster, round) => {
  const ids = Array.from({ length: 2 * ledgers }, (_, at) => `${round}-${at}`)
  await Promise.all(ids.map((id, at) => cluster.ask(ledger.at(String(at % ledgers)).enter({ id }))))
  return () => {
    const rows = cluster.database.modelled.get('entry') ?? []
    for (const id of ids) expect(rows.filter((row) => row['id'] === id).length, `entry ${id}`).to.equal(1)
  }
}

const askForTrouble: Part = async (cluster) => {
  const node = await cluster.anyNode()
  try {
    await node.ask({ kind: 'counter', key: 'trouble', type: 'add', input: { by: 'much' } })
    throw new Error('a bad message was taken')
  } catch (error) {
    const refused = error instanceof Refused || error instanceof HandlerFailed
    if (!refused && !(error instanceof Error && ['Unavailable', 'OutcomeUnknown'].includes(error.name)))
      throw error
  }
}

const comeAndGo: Part = async (cluster) => {
  const chance = cluster.random()
  await cluster.sleep(cluster.random() * 100)
  if (chance < 0.3 && cluster.nodes.length > 2) await cluster.leave({ drain: chance < 0.2 })
  else if (chance < 0.6 && cluster.nodes.length < 5) cluster.join()
}

const parts: readonly Part[] = [
  passTokens,
  transferMoney,
  askOften,
  sendWithKeys,
  postBySql,
  setAlarms,
  failAtWork,
  parkAndResume,
  quitAndBeginAnew,
  enterInLedger,
  askForTrouble,
  comeAndGo,
]

function someOf(cluster: SimulatedCluster, count: number): number {
  return Math.floor(cluster.random() * count)
}
