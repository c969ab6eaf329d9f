/** What nodes ask the database, as it is seen on the wire. */
import type { Message } from '../support/wire.ts'

/** A group of turns: the binding of its parameters. */
export const isCommit = (message: Message) => isBinding(message, 'commitGroup')
/** The end of a turn with SQL of its own. */
export const isSqlCommit = ({ type, text }: Message) => type === 'Q' && text.startsWith('commit')
/** A new owner's question, which of its shards' last owners has died. */
export const isReadCrashed = (message: Message) => isBinding(message, 'readCrashed')
export const isNotification = ({ type }: Message) => type === 'A'

function isBinding({ type, text }: Message, statement: string): boolean {
  return type === 'B' && text.includes(`\0${statement}_`)
}
