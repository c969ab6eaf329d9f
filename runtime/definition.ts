/**
 * Actors are declared as data: what they remember, what they can be told, and one function per
 * message. See README.md for the shape of it.
 */
import type * as z from 'zod'
import type { Context } from './context.ts'
import { type Duration, milliseconds } from './duration.ts'
import { reasonOf } from './errors.ts'
import { carriedByJson } from './json-schemas.ts'
import { checkKey, type Message } from './message.ts'

export interface MessageDeclaration {
  /** What the message carries; nothing where absent. */
  readonly input?: z.ZodType
  /** What an ask is answered. */
  readonly reply?: z.ZodType
  /** The detail of a refusal that the handler gives with `ctx.refuse`. */
  readonly error?: z.ZodType
  /** 'durable': an ask survives the crash of the node that would have answered it. */
  readonly delivery?: 'durable' | 'transient'
  /** The handler uses `ctx.sql`: its turn runs alone, in a transaction of its own. */
  readonly sql?: true
}
export type Declarations = Readonly<Record<string, MessageDeclaration>>

type Given<D> = D extends { input: infer I extends z.ZodType } ? [input: z.input<I>] : []
type Received<D> = D extends { input: infer I extends z.ZodType } ? z.output<I> : undefined
type Returned<D> = D extends { reply: infer R extends z.ZodType } ? z.input<R> : undefined | void
type Answered<D> = D extends { reply: infer R extends z.ZodType } ? z.output<R> : undefined

/** One method per message; each makes a message to the actor of that key. */
export type Target<M extends Declarations> = {
  readonly [T in keyof M]: (...input: Given<M[T]>) => Message<Answered<M[T]>>
}
export type Handlers<S extends z.ZodType, M extends Declarations> = {
  readonly [T in keyof M]: (
    state: z.output<S>,
    input: Received<M[T]>,
    ctx: Context<M>,
  ) => Returned<M[T]> | Promise<Returned<M[T]>>
}

/** What happens after an actor's bugs: see `Supervision`. */
export interface Supervision {
  /** Attempts at one message before it becomes a dead letter. */
  readonly attemptsMax: number
  readonly backoff: { readonly first: Duration; readonly max: Duration; readonly factor: number }
  /**
   * What follows when a message has used up its attempts. 'continue': the mailbox goes on.
   * 'park': the actor rests, its mail is kept, until somebody resumes it. 'stop': its state is removed.
   */
  readonly then: 'continue' | 'park' | 'stop'
  /** An actor that is told, when a message of this kind has become a dead letter. */
  readonly tell?: (failed: { key: string; type: string; reason: string }) => Message
}

export interface Declaration<S extends z.ZodType, M extends Declarations> {
  /** What the actor remembers; must accept `undefined` (give defaults), which is how an actor starts. */
  readonly state: S
  readonly messages: M
  readonly supervision?: Partial<Supervision>
  /** Messages that may wait for one actor; more are refused. */
  readonly mailboxMax?: number
  /** A turn that takes longer has failed. */
  readonly turnTimeout?: Duration
  /** False: turns leave no history. */
  readonly history?: boolean
  /** Raised when the meaning of state or messages changes; kept with every turn. */
  readonly version?: number
  /** A table of its own, for kinds that are listed: 'table' or 'schema.table', made `like actor`, plus the columns below. */
  readonly table?: string
  /** The filter columns of that table; the update that writes the state writes them too, and no others. */
  readonly columns?: (state: z.output<S>, key: string) => Readonly<Record<string, unknown>>
  /** Whose rows `ctx.sql` may touch: set for row-level security. */
  readonly tenant?: (state: z.output<S>, key: string) => string
}

/** A kind of actor, as the runtime sees it: all types are known at its borders only. */
export interface Kind {
  readonly name: string
  readonly state: z.ZodType
  readonly messages: ReadonlyMap<string, MessageDeclaration>
  readonly supervision: Supervision
  readonly mailboxMax: number
  readonly turnTimeoutMs: number
  readonly history: boolean
  readonly version: number
  readonly table: string | null
  columns(state: unknown, key: string): Readonly<Record<string, unknown>>
  tenant(state: unknown, key: string): string | null
  handle(type: string, state: unknown, input: unknown, ctx: Context): unknown
  at(key: string): unknown
}

/** What can be told to the actors of a kind, without what they do. */
export interface Reference<M extends Declarations> {
  readonly name: string
  at(key: string): Target<M>
}
/** A kind with the types of its declaration: what makes references typed. */
export interface ActorKind<M extends Declarations> extends Kind {
  at(key: string): Target<M>
}

const calm: Supervision = {
  attemptsMax: 5,
  backoff: { first: '100ms', max: '1m', factor: 4 },
  then: 'continue',
}

/** Declares a kind of actor. */
export function actor<S extends z.ZodType, const M extends Declarations>(
  name: string,
  declaration: Declaration<S, M>,
  handlers: Handlers<S, M>,
): ActorKind<M> {
  checkName(name)
  checkTable(name, declaration.table)
  checkSupervision(name, declaration.supervision ?? {})
  const byType = new Map(Object.entries(handlers)) as Map<string, Handler>
  const TargetOfKind = targetClass(name, Object.keys(declaration.messages))
  return {
    name,
    ...carried(name, declaration),
    supervision: { ...calm, ...declaration.supervision },
    mailboxMax: declaration.mailboxMax ?? 10_000,
    turnTimeoutMs: milliseconds(declaration.turnTimeout ?? '30s'),
    history: declaration.history ?? true,
    version: declaration.version ?? 1,
    table: declaration.table ?? null,
    columns: (state, key) => declaration.columns?.(state as z.output<S>, key) ?? {},
    tenant: (state, key) => declaration.tenant?.(state as z.output<S>, key) ?? null,
    handle: (type, state, input, ctx) => byType.get(type)?.(state, input, ctx),
    at: (key) => new TargetOfKind(key) as unknown as Target<M>,
  }
}

/** A kind's messages alone: for whoever sends to it, and for kinds that send to each other. */
export function reference<const M extends Declarations>(name: string, messages: M): Reference<M> {
  checkName(name)
  const TargetOfKind = targetClass(name, Object.keys(messages))
  return { name, at: (key) => new TargetOfKind(key) as unknown as Target<M> }
}
type Handler = (state: unknown, input: unknown, ctx: Context) => unknown

/** State and messages, held to what JSON carries. */
function carried(name: string, { state, messages }: Declaration<z.ZodType, Declarations>) {
  try {
    const checked = Object.entries(messages).map(
      ([type, message]) => [type, carriedMessage(message, type)] as const,
    )
    return { state: carriedByJson(state, 'state', 'state'), messages: new Map(checked) }
  } catch (error) {
    throw new TypeError(`'${name}' can't be declared: ${reasonOf(error)}`, { cause: error })
  }
}

function carriedMessage(
  { input, reply, error, ...rest }: MessageDeclaration,
  type: string,
): MessageDeclaration {
  const place = `messages.${type}`
  return {
    ...rest,
    ...(input && { input: carriedByJson(input, 'input', `${place}.input`) }),
    ...(reply && { reply: carriedByJson(reply, 'output', `${place}.reply`) }),
    ...(error && { error: carriedByJson(error, 'output', `${place}.error`) }),
  }
}

function checkName(name: string): void {
  if (/^[a-z][a-z0-9_-]*$/.test(name)) return
  throw new TypeError(`'${name}' can't name a kind: use lower case letters, digits, '-' and '_'`)
}

/** Names that mean the same quoted and unquoted. */
function checkTable(name: string, table: string | undefined): void {
  if (table === undefined || /^([a-z_][a-z0-9_]{0,62}\.)?[a-z_][a-z0-9_]{0,62}$/.test(table)) return
  throw new TypeError(
    `'${name}' can't keep its state in the table '${table}': give 'table' or 'schema.table', in lower case letters, digits and '_'`,
  )
}

function checkSupervision(
  name: string,
  { attemptsMax = 1, backoff = calm.backoff }: Partial<Supervision>,
): void {
  if (!(attemptsMax >= 1)) throw new RangeError(`'${name}' needs attemptsMax from 1 on, not ${attemptsMax}`)
  milliseconds(backoff.first)
  milliseconds(backoff.max)
  if (!(backoff.factor >= 1))
    throw new RangeError(`'${name}' needs a backoff factor from 1 on, not ${backoff.factor}`)
}

/** A class per kind, so that making a message allocates nothing but the message. */
function targetClass(kind: string, types: readonly string[]) {
  class TargetOfKind {
    readonly #key: string
    constructor(key: string) {
      checkKey(key)
      this.#key = key
    }
    static make(target: TargetOfKind, type: string, input: unknown): Message {
      const message = { kind, key: target.#key, type }
      return input === undefined ? message : { ...message, input }
    }
  }
  for (const type of types) {
    Object.defineProperty(TargetOfKind.prototype, type, {
      value(this: TargetOfKind, input: unknown) {
        return TargetOfKind.make(this, type, input)
      },
    })
  }
  return TargetOfKind
}
