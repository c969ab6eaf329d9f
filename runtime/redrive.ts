/** What an operator does to mail that rests: redrive and discard dead letters. */
import { chore } from './chores.ts'
import type { Kind } from './definition.ts'
import type { Life } from './life.ts'
import type { DeadLetter, Message } from './message.ts'
import type { DeadFilter, Store } from './ports.ts'
import { checkMessage } from './turn.ts'

type Kinds = ReadonlyMap<string, Kind>

/** Sends each matching dead letter again, in the commit that removes it. */
export async function redrive(
  life: Life,
  store: Store,
  kinds: Kinds,
  filter: DeadFilter,
  edit?: (letter: DeadLetter) => unknown,
): Promise<number> {
  const letters = await store.readDead(filter)
  const messages = letters.map((letter) => messageOf(letter, edit))
  for (const message of messages) checkMessage(kinds.get(message.kind), message)
  await Promise.all(letters.map((letter, at) => sendAgain(life, letter, messages[at] as Message)))
  return letters.length
}

function messageOf(letter: DeadLetter, edit?: (letter: DeadLetter) => unknown): Message {
  const { kind, key, type, body } = letter
  const input: unknown = edit ? edit(letter) : body === 'null' ? undefined : JSON.parse(body)
  return input === undefined ? { kind, key, type } : { kind, key, type, input }
}

function sendAgain(life: Life, letter: DeadLetter, message: Message): Promise<void> {
  return new Promise((resolve, reject) => {
    const rare = { redrives: { count: letter.redriven + 1, attempts: letter.attempts } }
    life.send(
      { message, from: null, trace: letter.trace, rare, dedupe: null, instead: { revived: letter.id } },
      resolve,
      reject,
    )
  })
}

/** Removes matching dead letters for good. */
export async function discard(life: Life, store: Store, filter: DeadFilter): Promise<number> {
  const letters = await store.readDead(filter)
  if (letters.length === 0) return 0
  await commit(life, (draft) => {
    for (const { id } of letters) draft.revived.push(id)
  })
  return letters.length
}

function commit(life: Life, contribute: Parameters<typeof chore>[1]['contribute']): Promise<void> {
  return new Promise((done, failed) => life.add(chore(life.host, { contribute, done: () => done(), failed })))
}
