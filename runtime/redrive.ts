/** What an operator does to mail that rests: redrive and discard dead letters. */
import type { Kind } from './definition.ts'
import { CommitRejected, OutcomeUnknown, reasonOf, storable, Unavailable } from './errors.ts'
import type { Life } from './life.ts'
import type { DeadLetter, Message, Rare } from './message.ts'
import type { DeadFilter, Store } from './ports.ts'
import { checkMessage, checkType } from './turn.ts'

type Kinds = ReadonlyMap<string, Kind>
/** What a letter is to carry instead: the input of its message or, for an offload, of its task. */
export type Edit = (letter: DeadLetter) => unknown

/** How a redrive ended. */
export interface Redriven {
  readonly sent: number
  /** Letters that can't be sent, and why: they stay as they are. */
  readonly refused: readonly Refusal[]
}
interface Refusal {
  readonly id: number
  readonly reason: string
}

/** Sends each matching dead letter again, in the commit that removes it. One that can't be sent keeps no other back. */
export async function redrive(
  life: Life,
  store: Store,
  kinds: Kinds,
  filter: DeadFilter,
  edit?: Edit,
): Promise<Redriven> {
  const letters = await store.readDead(filter)
  const ended = await Promise.allSettled(letters.map((letter) => sendAgain(life, kinds, letter, edit)))
  for (const end of ended) if (end.status === 'rejected') throw end.reason
  const refused = ended.flatMap((end) => (end.status === 'fulfilled' ? (end.value ?? []) : []))
  const left = await idsLeft(store, refused)
  return { sent: letters.length - refused.length, refused: refused.filter(({ id }) => left.has(id)) }
}

/** Null: it was sent. Rejects where that can't be told, or where it may be sent later. */
async function sendAgain(life: Life, kinds: Kinds, letter: DeadLetter, edit?: Edit): Promise<Refusal | null> {
  try {
    const { message, rare } = letter.rare?.offload ? taskOf(letter, edit) : messageOf(letter, edit)
    const kind = kinds.get(letter.kind)
    if (rare.offload) checkType(kind, message)
    else checkMessage(kind, message)
    const sending = { message, from: null, trace: letter.trace, rare, dedupe: null }
    await new Promise<void>((sent, failed) =>
      life.send({ ...sending, instead: { revived: letter.id } }, sent, failed),
    )
    return null
  } catch (error) {
    if (error instanceof Unavailable || error instanceof OutcomeUnknown) throw error
    return { id: letter.id, reason: reasonOf(error) }
  }
}

interface Again {
  readonly message: Message
  readonly rare: Rare
}

function messageOf(letter: DeadLetter, edit?: Edit): Again {
  const { kind, key, type, body } = letter
  const input: unknown = edit ? edit(letter) : body === 'null' ? undefined : JSON.parse(body)
  return { message: { kind, key, type, ...(input !== undefined && { input }) }, rare: rareOf(letter, edit) }
}

/** Runs the task once more: the message is handled with its result. */
function taskOf(letter: DeadLetter, edit?: Edit): Again {
  const { kind, key, type } = letter
  const { task, input } = letter.rare?.offload ?? { task: '', input: undefined }
  const offload = { task, input: edit ? stored(edit(letter)) : input }
  return { message: { kind, key, type }, rare: { ...rareOf(letter, edit), offload } }
}

/** Edited, it is another request than the one that somebody may have repeated under the same id. */
function rareOf({ rare, redriven, attempts }: DeadLetter, edit?: Edit): Rare {
  const { requestId, ...others } = rare ?? {}
  const same = edit || requestId === undefined ? others : { ...others, requestId }
  return { ...same, redrives: { count: redriven + 1, attempts } }
}

/** As it will be read again; throws where JSON or Postgres can't hold it. */
function stored(input: unknown): unknown {
  if (input === undefined) return undefined
  return JSON.parse(JSON.stringify(input), (name, value: unknown) => {
    for (const text of [name, value])
      if (typeof text === 'string' && storable(text) !== text)
        throw new TypeError(`'${storable(text)}' holds a character that can't be stored`)
    return value
  })
}

/** What another node has sent again or discarded meanwhile is nobody's to refuse. */
async function idsLeft(store: Store, refused: readonly Pick<Refusal, 'id'>[]): Promise<ReadonlySet<number>> {
  if (refused.length === 0) return new Set()
  const ids = refused.map(({ id }) => id)
  const letters = await store.readDead({ ids, limit: ids.length })
  return new Set(letters.map(({ id }) => id))
}

/** Removes matching dead letters for good; not those that another node has sent again or discarded meanwhile. */
export async function discard(life: Life, store: Store, filter: DeadFilter): Promise<number> {
  const letters = await store.readDead(filter)
  const ended = await Promise.allSettled(letters.map(({ id }) => remove(life, id)))
  const kept = letters.filter((_, at) => ended[at]?.status === 'rejected')
  const left = await idsLeft(store, kept)
  for (const [at, end] of ended.entries())
    if (
      end.status === 'rejected' &&
      (left.has(letters[at]?.id ?? 0) || !(end.reason instanceof CommitRejected))
    )
      throw end.reason
  return letters.length - kept.length
}

/** Each by itself: one that is gone keeps no other. */
function remove(life: Life, id: number): Promise<void> {
  return new Promise((removed, failed) =>
    life.add({
      contribute: (draft) => void draft.revived.push(id),
      committed: () => removed(),
      discarded() {},
      rejected: failed,
    }),
  )
}
