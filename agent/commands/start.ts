/** `safelight-agent start`: runs in the foreground until it is told to stop. */
import { setTimeout as pause } from 'node:timers/promises'
import { type Agent, startAgent } from '../agent.ts'
import { type Ending, exitCodes, Failure } from '../exit-codes.ts'
import { backOffMs } from '../link/back-off.ts'
import { register, unreachable } from '../register.ts'
import type { Identity } from '../state/folder.ts'
import type { Command } from './surroundings.ts'

/** npm passes on a Ctrl-C that the terminal has sent already; such an echo comes at once. */
const echoMs = 500
const registerAgainMs = 10_000

/** Resolves with how it ended. */
export async function startCommand(command: Command): Promise<Ending> {
  const { folder, values, log } = command
  folder.prepare()
  folder.lock()
  const running: { agent?: Agent } = {}
  const told = stopWhenTold((signal) => {
    if (running.agent) running.agent.drain(`told by ${signal}`, values.drainMs)
    else process.exit(exitCodes.done)
  })
  const identity = folder.identity() ?? (await registerFirst(command))
  const installation = await folder.installation()
  warn(command, identity)
  log.info(`'${identity.name}' (${identity.agent}) starts, for ${values.server ?? identity.server}`)
  const agent = await startAgent({ settings: values, folder, identity, installation, log })
  running.agent = agent
  const { ending, reason } = await agent.ended
  told.forget()
  folder.unlock()
  if (ending === 'done') log.info(`ended: ${reason}`)
  else log.error(`ended for good: ${reason}`)
  return ending
}

/** A start with a token registers by itself, as long as it takes: containers come up in any order. */
async function registerFirst(command: Command): Promise<Identity> {
  const { folder, values, log } = command
  if (values.token === undefined)
    throw new Failure(
      'notRegistered',
      `this agent is not registered. An admin makes a token; then: safelight-agent register --server <address> --token <token>`,
    )
  for (let failures = 0; ; failures++) {
    try {
      const made = await register(folder, values, values.token)
      log.info(`registered as '${made.name}' (${made.agent})`)
      return made
    } catch (error) {
      const failure = unreachable(error)
      if (failure === null) throw error
      log.warn(`not registered yet: ${failure.message}`)
      await pause(backOffMs(failures, registerAgainMs, Math.random))
    }
  }
}

function warn({ values, log }: Command, identity: Identity): void {
  const server = new URL(values.server ?? identity.server)
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(server.hostname)
  if (server.protocol === 'http:' && !local)
    log.warn(`${server.origin} is not encrypted: whoever is in between can read this agent's key`)
  if (values.roots.length === 0)
    log.warn('it may look into no folder; name folders with --root, or as "roots" in its settings')
}

/** The first signal lets it finish, the second ends it at once. Whoever started it with a channel ends it by going away. */
function stopWhenTold(stop: (signal: string) => void): { forget(): void } {
  let toldAt: number | undefined
  const hear = (signal: string) => {
    if (toldAt === undefined) {
      toldAt = performance.now()
      return stop(signal)
    }
    if (performance.now() - toldAt < echoMs) return
    process.exit(signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, hear)
  const gone = () => hear('the end of whoever started it')
  process.once('disconnect', gone)
  return {
    forget() {
      for (const signal of signals) process.off(signal, hear)
      process.off('disconnect', gone)
    },
  }
}
