/**
 * One turn: one message, one actor's state, and what comes of them, as values. It touches neither
 * database nor network, so the harness rehearses exactly what the runtime runs.
 */
import type * as z from 'zod'
import { type Effects, TurnContext, type TurnFacts } from './context.ts'
import type { Kind, MessageDeclaration } from './definition.ts'
import { checkKey, type Message } from './message.ts'
import { HandlerFailed, reasonOf, Refused, Unavailable } from './errors.ts'

export interface TurnStart extends TurnFacts {
  readonly kind: Kind
  /** The kinds this node knows: what a turn sends is checked against them. */
  readonly kinds: ReadonlyMap<string, Kind>
  /** JSON text of the input. */
  readonly body: string
  /** JSON text of the state; null where the actor starts with this turn. */
  readonly state: string | null
}

export interface TurnDone {
  readonly ok: true
  /** JSON text of the state afterwards; the same string where nothing changed. */
  readonly state: string
  readonly reply: unknown
  readonly effects: Effects
}
export interface TurnFailed {
  readonly ok: false
  readonly error: Refused | Unavailable | HandlerFailed
}
export type TurnEnd = TurnDone | TurnFailed

/** Runs a turn. Synchronous handlers end synchronously: no promise, no delay. */
export function runTurn(start: TurnStart): TurnEnd | Promise<TurnEnd> {
  const context = new TurnContext(start)
  try {
    const declared = declarationOf(start.kind, start.type)
    const input = inputOf(start, declared)
    const state = startingState(start)
    const returned = start.kind.handle(start.type, state, input, context)
    if (!isPromise(returned)) return finished(start, declared, state, returned, context)
    return Promise.resolve(returned).then(
      (reply) => finishedLater(start, declared, state, reply, context),
      (error: unknown) => failed(start, error, context),
    )
  } catch (error) {
    return failed(start, error, context)
  }
}

function finishedLater(
  start: TurnStart,
  declared: MessageDeclaration,
  state: unknown,
  reply: unknown,
  context: TurnContext,
): TurnEnd {
  try {
    return finished(start, declared, state, reply, context)
  } catch (error) {
    return failed(start, error, context)
  }
}

function finished(
  start: TurnStart,
  declared: MessageDeclaration,
  state: unknown,
  returned: unknown,
  context: TurnContext,
): TurnDone {
  if (context.end() > 0) throw new TypeError('it ended before its ctx.sql was answered: await it')
  const reply = parsedReply(declared, returned)
  for (const { message } of context.effects.sends) checkSent(start, message)
  for (const { message } of context.effects.timers) if (message) checkTimer(start, message)
  return { ok: true, state: endingState(start, state), reply, effects: context.effects }
}

function failed(start: TurnStart, error: unknown, context: TurnContext): TurnFailed {
  context.end()
  if (error instanceof Refused) return { ok: false, error: withCheckedDetail(start, error) }
  if (error instanceof Unavailable) return { ok: false, error }
  return {
    ok: false,
    error: new HandlerFailed(`${start.kind.name}/${start.key}`, start.type, reasonOf(error), {
      cause: error,
    }),
  }
}

function declarationOf(kind: Kind, type: string): MessageDeclaration {
  const declared = kind.messages.get(type)
  if (declared) return declared
  const known = [...kind.messages.keys()].join(', ')
  throw new Refused('unknown_message', `'${kind.name}' knows no message '${type}'; it knows: ${known}`)
}

function inputOf(start: TurnStart, declared: MessageDeclaration): unknown {
  if (!declared.input) return undefined
  const parsed = parsedInput(declared.input, JSON.parse(start.body))
  if (parsed.success) return parsed.data
  throw new Refused(
    'bad_message',
    `${start.kind.name}/${start.key} can't take '${start.type}': ${issuesOf(parsed.error)}`,
  )
}

/** What JSON has for nothing and for null alike is what the schema takes of the two. */
function parsedInput(schema: z.ZodType, input: unknown) {
  if (input !== undefined && input !== null) return schema.safeParse(input)
  const nothing = schema.safeParse(undefined)
  const none = nothing.success ? nothing : schema.safeParse(null)
  return none.success ? none : nothing
}

function startingState(start: TurnStart): unknown {
  const stored = start.state === null ? undefined : JSON.parse(start.state)
  const parsed = start.kind.state.safeParse(stored)
  if (parsed.success) return parsed.data
  const what =
    start.state === null
      ? 'its state has no starting value (give defaults)'
      : 'its stored state no longer parses'
  throw new TypeError(`${what}: ${issuesOf(parsed.error)}`)
}

function endingState(start: TurnStart, state: unknown): string {
  const text = JSON.stringify(state)
  if (text === start.state) return text
  const parsed = start.kind.state.safeParse(state)
  if (!parsed.success)
    throw new TypeError(`the turn left a state that does not parse: ${issuesOf(parsed.error)}`)
  if (text === undefined) throw new TypeError('the turn left a state that JSON can not hold')
  return text
}

function parsedReply(declared: MessageDeclaration, returned: unknown): unknown {
  if (!declared.reply) return undefined
  const parsed = declared.reply.safeParse(returned)
  if (parsed.success) return parsed.data
  throw new TypeError(`the reply does not parse: ${issuesOf(parsed.error)}`)
}

function withCheckedDetail(start: TurnStart, error: Refused): Refused {
  const declared = start.kind.messages.get(start.type)?.error
  if (!declared || error.code !== 'refused') return error
  const parsed = declared.safeParse(error.detail)
  return parsed.success
    ? error
    : new Refused('refused', `${error.message} (its detail does not parse: ${issuesOf(parsed.error)})`)
}

/** What a turn sends is the sender's responsibility: a bad message is its bug. */
function checkSent(start: TurnStart, message: Message) {
  checkMessageForm(message)
  try {
    checkMessage(start.kinds.get(message.kind), message)
  } catch (error) {
    throw new TypeError(`it sends a message that can't be taken: ${reasonOf(error)}`, { cause: error })
  }
}

/** A timer belongs to its actor: only the owner of the actor's shard may write it. */
function checkTimer(start: TurnStart, message: Message) {
  checkSent(start, message)
  if (message.kind === start.kind.name && message.key === start.key) return
  throw new TypeError(
    `a timer's message goes to the actor itself, not to ${message.kind}/${message.key}: send it with a delay`,
  )
}

/** A message must name an actor before it is worth storing. Its input is checked where its kind is known. */
export function checkMessageForm(message: unknown): void {
  const { kind, key, type } = (message ?? {}) as Record<string, unknown>
  if (typeof kind === 'string' && typeof key === 'string' && typeof type === 'string') return checkKey(key)
  throw new TypeError(
    "that is no message: make one with a reference, such as counter.at('main').add({ by: 1 })",
  )
}

/** Refuses a message that its receiver would refuse, where this node knows the receiver's kind. */
export function checkMessage(
  kind: Kind | undefined,
  message: { kind: string; key: string; type: string; input?: unknown },
): void {
  if (!kind) return
  const { input } = declarationOf(kind, message.type)
  const parsed = input && parsedInput(input, message.input)
  if (parsed && !parsed.success)
    throw new Refused(
      'bad_message',
      `${message.kind}/${message.key} can't take '${message.type}': ${issuesOf(parsed.error)}`,
    )
}

/** The same where the input is not known yet: it is the result of a task. */
export function checkType(kind: Kind | undefined, message: { type: string }): void {
  if (kind) declarationOf(kind, message.type)
}

/** "by: expected number, received string" for each issue: names the field first. */
export function issuesOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`).join('; ')
}

function isPromise(value: unknown): value is Promise<unknown> {
  return (
    value instanceof Promise ||
    (typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function')
  )
}
