/** A process with one node that runs the product's actors. It does what its parent says, tells what they publish, and ends with it. */
import { actorEvent, kinds, type ActorEvent, type FleetSettings } from '#actors/index.ts'
import type { Message, Settings } from '#runtime/index.ts'
import { startPostgresNode } from '#runtime/postgres/index.ts'

export interface OpenOptions {
  readonly url: string
  readonly name: string
  readonly settings: Partial<Settings>
  readonly fleet: Partial<FleetSettings>
}
export type Asked =
  | { readonly id: number; readonly open: OpenOptions }
  | { readonly id: number; readonly ask: Message }
export type Told =
  | { readonly id: number; readonly value?: unknown; readonly failure?: string }
  | { readonly event: ActorEvent }

let answer: (message: Message) => Promise<unknown> = () => Promise.reject(new Error('no node runs here'))

async function open({ url, name, settings, fleet }: OpenOptions): Promise<void> {
  const options = { url, schema: 'runtime', sqlRole: 'safelight_app' }
  const node = await startPostgresNode({ ...options, name, settings, kinds: kinds(fleet) })
  node.onEvent((event) => {
    const published = event.type === 'published' && actorEvent(event.event)
    if (published) tell({ event: published })
  })
  answer = (message) => node.ask(message)
}

function tell(told: Told): void {
  if (process.connected) process.send?.(told)
}

async function run(asked: Asked): Promise<void> {
  try {
    const value = 'open' in asked ? await open(asked.open) : await answer(asked.ask)
    tell({ id: asked.id, value })
  } catch (error) {
    tell({ id: asked.id, failure: String(error) })
  }
}

process.on('message', (asked: Asked) => void run(asked))
process.on('disconnect', () => process.exit())
