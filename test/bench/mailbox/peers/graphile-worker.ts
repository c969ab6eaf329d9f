/** A process with graphile-worker in it, set as its page on performance says: local queue, batched completion. */
import { Logger, makeWorkerUtils, run, type Runner, type WorkerUtils } from 'graphile-worker'
import { note } from '../kinds.ts'
import { callAtRate, callInParallel, nowMs } from '../../load.ts'
import { serve } from '../../serve.ts'
import { type Payload, type PeerCommands, Tally } from './commands.ts'

const callersMax = 32
const queueSize = 500
const addMax = 5_000

const tally = new Tally()
const logger = new Logger(() => (level, message) => {
  if (level === 'error' || level === 'warning') console.error(`graphile-worker: ${message}`)
})
let url: string
let utils: WorkerUtils
let runner: Runner | undefined
let concurrency: number

const commands: PeerCommands = {
  ...tally.commands,
  async open(options) {
    concurrency = options.concurrency
    url = options.url
    utils = await makeWorkerUtils({ connectionString: url, maxPoolSize: callersMax, logger })
    await utils.migrate()
  },
  async close() {
    await runner?.stop()
    await utils.release()
  },
  async work() {
    runner = await run({
      logger,
      noHandleSignals: true,
      preset: {
        worker: {
          connectionString: url,
          concurrentJobs: concurrency,
          localQueue: { size: queueSize },
          completeJobBatchDelay: 0,
          maxPoolSize: concurrency + 2,
        },
      },
      taskList: {
        async job(payload, { addJob }) {
          tally.count(payload as Payload)
          if (tally.moving) await addJob('job', payload as Payload)
        },
      },
    })
  },
  async rest() {
    await runner?.stop()
    runner = undefined
  },
  async addMany(count) {
    for (let left = count; left > 0; left -= addMax) {
      await utils.addJobs(
        Array.from({ length: Math.min(left, addMax) }, () => ({
          identifier: 'job',
          payload: { sentMs: 0, note },
        })),
      )
    }
  },
  add: ({ callers, amount }) =>
    callInParallel(callers, amount, () => utils.addJob('job', { sentMs: 0, note })),
  addAtRate: ({ perSecond, ms }) =>
    callAtRate(perSecond, ms, () => utils.addJob('job', { sentMs: nowMs(), note })),
}

serve(commands)
