/**
 * What a server denies of what the table of routes allows. A file names routes, and who may call them at least:
 *
 *     { "routes": { "submitJob": "admin", "makeToken": "operator", "welcome": "nobody" } }
 *
 * A call has to be allowed by the table and by the policy, so the file can only narrow. It is JSON, as every file that people
 * write for this program: what is JSON is YAML too, and nothing more is needed to read it.
 */
import { readFileSync, type Stats, unwatchFile, watchFile } from 'node:fs'
import * as z from 'zod'
import type { Log } from '#runtime/log.ts'
import { messageOf, SettingsFault } from '#host/settings/fault.ts'
import { parseObject } from '#host/settings/file.ts'
import { nearest } from '#host/settings/nearest.ts'
import { agentSays } from '#specs/agent-link.ts'
import type { Route } from '#specs/route.ts'
import { allRoutes, type RouteName } from '#specs/routes.ts'
import type { Caller } from './handlers.ts'
import { Refusal } from './refusal.ts'

/** From the lowest to the highest; each may do what those before it may. */
const ladder = ['viewer', 'operator', 'admin', 'system', 'nobody'] as const
type Least = (typeof ladder)[number]

export interface Policy {
  /** Throws where the policy denies what the table allows. */
  check(route: Route, caller: Caller): void
}

/** Denies nothing. */
export const noPolicy: Policy = { check() {} }

const File = z.strictObject({ routes: z.record(z.string(), z.unknown()) })
/** A stat a second. What tells of changes at once says nothing on network drives and in containers. */
const lookEveryMs = 1_000

export class PolicyFile implements Policy {
  readonly #path: string
  readonly #log: Log
  readonly #changed = new Set<() => void>()
  readonly #look = ({ mtimeMs }: Stats) => this.#readAgain(mtimeMs === 0)
  #text: string
  #least: ReadonlyMap<Route, Least>

  /** Throws where the file is not right. From now on it is read again when it has changed. */
  constructor(path: string, log: Log) {
    this.#path = path
    this.#log = log
    this.#text = textOf(path)
    this.#least = leastFrom(this.#text, path)
    watchFile(path, { interval: lookEveryMs, persistent: false }, this.#look)
  }

  check(route: Route, caller: Caller): void {
    const least = this.#least.get(route)
    if (least === undefined || reaches(caller, least)) return
    throw new Refusal(
      'not_allowed',
      least === 'nobody'
        ? "This server's policy lets nobody do that. Whoever runs the server can change it."
        : `This server's policy keeps that for ${peopleOf[least]}. Whoever runs the server can change it.`,
    )
  }

  /** Calls back after each change. */
  onChange(listener: () => void): void {
    this.#changed.add(listener)
  }

  stop(): void {
    unwatchFile(this.#path, this.#look)
  }

  /** What is not right changes nothing: neither is anything opened by a slip, nor everybody shut out. */
  #readAgain(isGone: boolean) {
    try {
      if (isGone) throw new SettingsFault(`${this.#path} is gone`)
      const text = textOf(this.#path)
      if (text === this.#text) return
      this.#least = leastFrom(text, this.#path)
      this.#text = text
    } catch (error) {
      const reason = messageOf(error)
      this.#log.warn('the policy is not right; the one before stays in force', { reason })
      return
    }
    this.#log.info('a new policy is in force', { routes: this.#least.size })
    for (const listener of this.#changed) listener()
  }
}

const peopleOf: Readonly<Record<Exclude<Least, 'nobody'>, string>> = {
  viewer: 'people',
  operator: 'operators and admins',
  admin: 'admins',
  system: 'admins of the whole installation',
}

function reaches(caller: Caller, least: Least): boolean {
  if (least === 'nobody' || caller.kind !== 'user') return false
  return least === 'system' ? caller.system : ladder.indexOf(caller.role) >= ladder.indexOf(least)
}

/** What is wrong about the file, as a sentence; undefined where nothing is. */
export function faultInPolicy(path: string): string | undefined {
  try {
    leastFrom(textOf(path), path)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new SettingsFault(`the policy ${path} can't be read: ${messageOf(error)}`)
  }
}

function leastFrom(text: string, path: string): ReadonlyMap<Route, Least> {
  const parsed = File.safeParse(parseObject(text, path))
  if (!parsed.success) throw new SettingsFault(`${path} must look like {"routes": {"submitJob": "admin"}}`)
  const faults: string[] = []
  const least = new Map<Route, Least>()
  for (const [name, given] of Object.entries(parsed.data.routes)) {
    const route = allRoutes.get(name as RouteName)
    const fault = route === undefined ? unknownRoute(name) : faultIn(name, route, given)
    if (fault !== undefined) faults.push(fault)
    else if (route !== undefined) least.set(route, given as Least)
  }
  if (faults.length > 0) throw new SettingsFault(`${path} is no policy: ${faults.join('; ')}`)
  return least
}

function unknownRoute(name: string): string {
  const meant = nearest(name, allRoutes.keys())
  const hint = meant === undefined ? '/api/openapi.json has them, as operationId' : `did you mean ${meant}?`
  return `there is no route '${name}' (${hint})`
}

/** They are what an agent says on its socket too, where the policy would be walked around. */
const agentWords: ReadonlySet<string> = new Set(
  Object.keys(agentSays).map((word) => `agent${word.charAt(0).toUpperCase()}${word.slice(1)}`),
)

function faultIn(name: string, { who }: Route, given: unknown): string | undefined {
  if (agentWords.has(name)) return `${name} can't be closed: revoke the agent, or close registerAgent`
  if (who === 'anyone' || who === 'agent')
    return given === 'nobody' ? undefined : `${name} is for ${who}: it can only be for nobody`
  const rank = ladder.indexOf(given as Least)
  if (rank < 0) return `${name} must be one of ${ladder.join(', ')}`
  if (rank < ladder.indexOf(who)) return `${name} is for ${who} already: a policy can't open what is closed`
  return undefined
}
