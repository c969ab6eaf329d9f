/** Commands that look: `status`, `healthcheck`, `capabilities`, `config`; and `drain`, which asks. */
import { tableOf } from '#host/terminal.ts'
import { detect } from '../capabilities.ts'
import { type Ending, messageOf } from '../exit-codes.ts'
import { agentEnds, askAgent } from '../local/ask.ts'
import type { Status } from '../local/words.ts'
import { shownSettings } from '../settings/read.ts'
import { duration, gigabytes } from './print.ts'
import type { Command } from './surroundings.ts'

export async function statusCommand({ folder, json, say }: Command): Promise<void> {
  const status = await askAgent(folder.path, 'status')
  say(json ? JSON.stringify(status, null, 2) : tableOf(linesOf(status)))
}

function linesOf(status: Status): string[][] {
  const { load } = status
  const way = status.link === null ? `silent for ${duration(status.silentMs)}` : `by ${status.link}`
  return [
    ['Agent', `${status.name} (${status.agent})`],
    ['State', status.state],
    ['Server', `${status.server}, ${way}`],
    ['Process', `${status.pid}, version ${status.version}, up ${duration(Date.now() - status.startedAt)}`],
    ['Folders', status.roots.join(', ') || 'none'],
    ['Threads', `${load.busyThreads} of ${load.threads} busy, ${load.queued} jobs wait for one`],
    ['Load', `processor ${load.cpuPercent} %, memory ${load.memoryPercent} %, ${load.loopLagMs} ms late`],
    ...(load.disks ?? []).map(({ path, freeBytes, totalBytes }) => [
      'Disk',
      `${path}: ${gigabytes(freeBytes)} of ${gigabytes(totalBytes)} free`,
    ]),
    ['Jobs', `${status.running.length} of ${status.slots}`],
    ...status.running.map(({ job, attempt, tool, phase, progress }) => [
      '',
      `${job}, attempt ${attempt}: ${tool}, ${phase}${progress ? `, ${progress.stage} ${progress.done}` : ''}`,
    ]),
    ['Results', status.undelivered === 0 ? 'all delivered' : `${status.undelivered} wait for the server`],
  ]
}

/**
 * Healthy is what a restart could not make better: it runs and answers. A server that is away is no illness of the agent,
 * unless the caller says so.
 */
export async function healthCommand({ folder, say, complain }: Command, connected: boolean): Promise<Ending> {
  try {
    const { state, link } = await askAgent(folder.path, 'status')
    if (connected && link === null) {
      complain('not connected to the server')
      return 'failed'
    }
    say(`healthy: ${state}`)
    return 'done'
  } catch (error) {
    complain(messageOf(error))
    return 'failed'
  }
}

export function capabilitiesCommand({ values, json, say }: Command): void {
  const detected = detect(values)
  if (json) return say(JSON.stringify(detected, null, 2))
  say(tableOf(detected.map(({ name, lacks }) => [lacks === null ? 'yes' : 'no', name, lacks ?? ''])))
}

export function configCommand({ settings, file, folder, json, say }: Command): void {
  const shown = shownSettings(settings)
  if (json) return say(JSON.stringify({ folder: folder.path, file, settings: shown }, null, 2))
  say(
    tableOf([
      ['folder', folder.path, ''],
      ['file', file, ''],
      ...shown.map(({ name, value, origin }) => [name, value, `(${origin})`]),
    ]),
  )
}

export async function drainCommand({ folder, say, json }: Command, wait: boolean): Promise<void> {
  const ended = wait ? agentEnds(folder.path) : undefined
  const status = await askAgent(folder.path, 'drain')
  await ended
  if (json) return say(JSON.stringify({ draining: status.running.length, ended: wait }))
  if (wait) say('It has ended.')
  else say(`It takes no new work, and ends after ${status.running.length} running jobs.`)
}
