/** A process with pg-boss in it: batches as large as they may be, woken by NOTIFY. */
import { PgBoss } from 'pg-boss'
import { note } from '../kinds.ts'
import { callAtRate, callInParallel, nowMs } from '../../load.ts'
import { serve } from '../../serve.ts'
import { type Payload, type PeerCommands, Tally } from './commands.ts'

const poolMax = 32
const addMax = 5_000
const queue = 'job'

const tally = new Tally()
let boss: PgBoss
let concurrency: number

const commands: PeerCommands = {
  ...tally.commands,
  async open(options) {
    concurrency = options.concurrency
    boss = new PgBoss({
      connectionString: options.url,
      max: poolMax,
      useListenNotify: true,
      supervise: false,
      schedule: false,
    })
    boss.on('error', (error) => console.error(`pg-boss: ${error.message}`))
    await boss.start()
    await boss.createQueue(queue, { notify: true, retryLimit: 0 })
  },
  close: () => boss.stop({ graceful: false, close: true }),
  async work() {
    await boss.work<Payload>(
      queue,
      {
        batchSize: concurrency,
        burstWhenBatchFull: true,
        pollingIntervalSeconds: 0.5,
        notifyPollingIntervalSeconds: 0.5,
      },
      async (jobs) => {
        for (const { data } of jobs) tally.count(data)
        if (tally.moving) await Promise.all(jobs.map(({ data }) => boss.send(queue, data)))
      },
    )
  },
  async rest() {
    await boss.offWork(queue)
  },
  async addMany(count) {
    for (let left = count; left > 0; left -= addMax) {
      await boss.insert(
        queue,
        Array.from({ length: Math.min(left, addMax) }, () => ({ data: { sentMs: 0, note } })),
      )
    }
  },
  add: ({ callers, amount }) => callInParallel(callers, amount, () => boss.send(queue, { sentMs: 0, note })),
  addAtRate: ({ perSecond, ms }) =>
    callAtRate(perSecond, ms, () => boss.send(queue, { sentMs: nowMs(), note })),
}

serve(commands)
