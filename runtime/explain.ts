import { shardOf } from './address.ts'
import type { Kind } from './definition.ts'
import type { Life } from './life.ts'
import type { Inspection, Store } from './ports.ts'

/** One actor, explained: what the database knows, what this node's memory holds, and what follows from it. */
export interface Explanation {
  readonly actor: string
  readonly stored: Inspection
  /** Null where another node has it, or nobody. */
  readonly here: {
    readonly phase: string
    readonly waiting: number
    readonly running: string | null
    readonly heldSenders: readonly string[]
    readonly uncommitted: number
  } | null
  /** Sentences for a person: why it does what it does, the most telling first. */
  readonly because: readonly string[]
}

export async function explain(
  target: { kind: string; key: string },
  life: Life | null,
  kinds: ReadonlyMap<string, Kind>,
  store: Store,
): Promise<Explanation> {
  const table = kinds.get(target.kind)?.table
  const stored = await store.inspect({ ...target, ...(table && { table }) })
  const actor = `${target.kind}/${target.key}`
  const resident = life?.residents.find(actor)
  const here = resident
    ? {
        phase: resident.phase,
        waiting: resident.mailbox.size,
        running: resident.running?.mail.type ?? null,
        heldSenders: resident.mailbox.heldSenders,
        uncommitted: resident.uncommitted,
      }
    : null
  return { actor, stored, here, because: becauseOf(target, stored, here, life, kinds) }
}

function becauseOf(
  target: { kind: string; key: string },
  stored: Inspection,
  here: Explanation['here'],
  life: Life | null,
  kinds: ReadonlyMap<string, Kind>,
): string[] {
  const now = life?.now() ?? Date.now()
  const shard = life ? shardOf(target.kind, target.key, life.shards) : stored.shard
  const because: (string | false)[] = [
    !kinds.has(target.kind) && `no kind '${target.kind}' is known on this node`,
    stored.parked && 'it is parked: resume it, and its mail is handled',
    !stored.owner && `nobody owns its shard ${shard}: its mail waits until a node takes it`,
    stored.owner !== null &&
      stored.owner.leaseUntil < now &&
      `its owner ${stored.owner.name} has not renewed its lease: another node is about to take over`,
    here !== null && here.running !== null && `its turn '${here.running}' is under way`,
    life !== null &&
      life.suspects.waiting > 0 &&
      here !== null &&
      `${counted(life.suspects.waiting, 'message')} to be run alone, one at a time, after a crash`,
    ...stored.deferred.filter(({ reason }) => reason === 'retry').map(retryOf(now)),
    ...stored.deferred
      .filter(({ reason }) => reason === 'timer')
      .map(({ name, due }) => `its timer '${name}' is due in ${msBetween(now, due)}`),
    stored.waiting > 0 &&
      `${counted(stored.waiting, 'message')} in its mailbox, the oldest sent ${msBetween(stored.oldestSentAt ?? now, now)} ago`,
    stored.dead > 0 && `${counted(stored.dead, 'dead letter')} among its mail`,
    !stored.exists && stored.waiting === 0 && 'it has no state: it starts with its first message',
  ]
  const found = because.filter((line) => line !== false)
  return found.length > 0 ? found : ['it is idle: nothing waits for it']
}

function retryOf(now: number) {
  return ({ type, attempts, lastFailure, due, sender }: Inspection['deferred'][number]) =>
    `'${type}' failed ${counted(attempts, 'time')} (${lastFailure}), the next try is in ${msBetween(now, due)}${sender ? `; until then other mail from ${sender} waits behind it` : ''}`
}

/** The clocks of the database and of this node differ: nothing is due before now, or was sent after it. */
function msBetween(from: number, to: number): string {
  return `${Math.max(0, Math.round(to - from))} ms`
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}
