import { listen } from '../../db/listen.ts'
import { notifyWake } from '../../db/runtime/statements.ts'
import type { Log } from '../log.ts'
import { reasonOf } from '../errors.ts'
import type { Wake, WakeCall, WakeListener } from '../ports.ts'
import { Link } from './link.ts'
import type { PostgresOptions } from './store.ts'

const deadlineMs = 5_000

/** NOTIFY after the commit, on a connection of its own; LISTEN on another. */
export function postgresWake({ url, schema, name }: PostgresOptions, log: Log): Wake {
  const link = new Link({ url, schema, applicationName: `runtime ${name} notify` }, deadlineMs)
  return {
    async listen(listener: WakeListener) {
      const listening = listen({
        url,
        applicationName: `runtime ${name} listen`,
        channels: [`runtime_wake_${schema}`],
        onNotify(payload) {
          const call = parsed(payload)
          if (call) listener.woken(call)
        },
        onListening: () => listener.listening(),
        onLost: (error) =>
          log.warn('the LISTEN connection was lost; sweeps go on', { reason: reasonOf(error) }),
        onDeaf: (reason) => log.error(reason),
      })
      return {
        async stop() {
          await listening.stop()
          await link.close()
        },
      }
    },
    async notify(call) {
      await link.read((client) =>
        notifyWake.run(client, call.about === 'topology' ? 'topology' : call.shards.join(',')),
      )
    },
  }
}

/** Anybody can notify: what is not understood is ignored. */
function parsed(payload: string): WakeCall | null {
  if (payload === 'topology') return { about: 'topology' }
  const shards = payload.split(',').map(Number)
  return shards.length > 0 && shards.every(Number.isInteger) ? { about: 'mail', shards } : null
}
