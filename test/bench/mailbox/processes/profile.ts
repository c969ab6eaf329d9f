/** A CPU profile of this process, as the functions in which it spends its time. */
import { Session } from 'node:inspector/promises'

export interface SelfTime {
  readonly name: string
  readonly percent: number
}

const intervalUs = 500

export class Profile {
  readonly #session = new Session()

  async start(): Promise<void> {
    this.#session.connect()
    await this.#session.post('Profiler.enable')
    await this.#session.post('Profiler.setSamplingInterval', { interval: intervalUs })
    await this.#session.post('Profiler.start')
  }

  async stop(top: number): Promise<SelfTime[]> {
    const { profile } = await this.#session.post('Profiler.stop')
    this.#session.disconnect()
    const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
    const times = new Map<string, number>()
    const deltas = profile.timeDeltas ?? []
    for (const [at, id] of (profile.samples ?? []).entries()) {
      const name = names.get(id) ?? '?'
      times.set(name, (times.get(name) ?? 0) + (deltas[at] ?? 0))
    }
    const total = deltas.reduce((sum, delta) => sum + delta, 0)
    const sorted = [...times].toSorted(([, a], [, b]) => b - a).slice(0, top)
    return sorted.map(([name, time]) => ({ name, percent: (100 * time) / total }))
  }
}

function nameOf({
  functionName,
  url,
  lineNumber,
}: {
  functionName: string
  url: string
  lineNumber: number
}): string {
  const file = url.split('/').slice(-3).join('/')
  return `${functionName || '(anonymous)'} ${file === '' ? '' : `${file}:${lineNumber + 1}`}`.trim()
}
