/** How agents come to their keys, and who a key belongs to. */
import type pg from 'pg'
import { agent as agents } from '#actors/index.ts'
import {
  addAgentKey,
  addAgentToken,
  makerOfToken,
  redeemAgentToken,
  removeAgentKeys,
  useAgentKey,
  voidAgentTokens,
} from '#db/product/link.ts'
import type { Node } from '#runtime/index.ts'
import type { Register, Registered } from '#specs/agent-link.ts'
import { newId } from '#specs/ids.ts'
import type * as z from 'zod'
import { withoutTeam, withTeam } from '../database/tenant.ts'
import { makeSecret, readSecret } from '../people/secret.ts'
import { badInput } from '../rest/parse.ts'
import { Refusal } from '../rest/refusal.ts'

export interface RegistrationParts {
  /** On the schema of the product. */
  readonly pool: pg.Pool
  readonly node: Pick<Node, 'ask'>
}

const keyKind = 'agt_key'
const ownTokenHours = 1

const refusals: Readonly<Record<string, () => Refusal>> = {
  unknown: () =>
    new Refusal(
      'not_signed_in',
      'This registration token is not known here, or was made void. Ask an admin for a new one.',
    ),
  expired: () =>
    new Refusal('not_signed_in', 'This registration token has expired. Ask an admin for a new one.'),
  used: () =>
    new Refusal(
      'in_use',
      'This registration token was used by another installation: each is good for one. Ask an admin for a new one.',
    ),
  spent: () =>
    new Refusal(
      'in_use',
      'This registration token was used already: each is good for one registration. Ask an admin for a new one.',
    ),
}

export class Registration {
  readonly #pool: pg.Pool
  readonly #node: Pick<Node, 'ask'>

  constructor({ pool, node }: RegistrationParts) {
    this.#pool = pool
    this.#node = node
  }

  /**
   * Makes an installation an agent of the token's team, or finds the agent that it is, and gives it a new key. Safe to
   * repeat for a while: then the token is spent.
   */
  async register({
    token,
    name,
    installation,
    tags,
    facts,
  }: z.output<typeof Register>): Promise<z.infer<typeof Registered>> {
    const hash = readSecret('art', token)
    if (!hash)
      throw badInput([{ path: 'token', message: 'is no registration token: copy it whole, from art_ on' }])
    const key = makeSecret(keyKind)
    const [redeemed] = await withoutTeam(this.#pool, (pool) =>
      redeemAgentToken.run(pool, hash, installation, name, newId('agent'), key.hash, key.prefix),
    )
    const {
      verdict = 'unknown',
      agent = null,
      team = null,
      name: known = null,
      is_new: isNew = null,
      redeemed_at: redeemedAt = null,
    } = redeemed ?? {}
    const refusal = refusals[verdict]
    if (refusal) throw refusal()
    if (agent === null || team === null || known === null || isNew === null)
      throw new TypeError(`a redeemed token has no agent (${verdict})`)
    // Made void meanwhile, it was good all the same: then nobody knows whose it was.
    const [enrolledBy = null] = await withTeam(this.#pool, team, (client) =>
      makerOfToken.run(client, team, hash),
    )
    const registered = await this.#node.ask(
      agents.at(agent).register({ team, name: known, tags, installation, facts, redeemedAt, enrolledBy }),
    )
    return { agent, name: registered.name, key: key.text, isNew }
  }

  /** A registration token that the server itself asks for. */
  async tokenFor(team: string, name: string): Promise<string> {
    const secret = makeSecret('art')
    await withTeam(this.#pool, team, (client) =>
      addAgentToken.run(client, newId('agentToken'), team, name, secret.hash, 'server', ownTokenHours),
    )
    return secret.text
  }

  /** A new key; the old one works until the new one is used. */
  async rotate(team: string, agent: string): Promise<string> {
    const key = makeSecret(keyKind)
    const added = await withTeam(this.#pool, team, (client) =>
      addAgentKey.run(client, key.hash, key.prefix, agent, team),
    )
    if (added.length === 0) throw new Refusal('gone', 'This agent was removed. Register it again.')
    return key.text
  }

  /** Makes every key of the agent void, and what it could get another one with. */
  async revokeKeys(team: string, agent: string): Promise<void> {
    await withTeam(this.#pool, team, async (client) => {
      // First: whoever is registering with one of them has a key by then, which the next statement finds.
      await voidAgentTokens.run(client, agent, team)
      await removeAgentKeys.run(client, agent, team)
    })
  }

  /** Whose key it is; undefined where it is nobody's. */
  async identify(key: string): Promise<{ agent: string; team: string; installation: string } | undefined> {
    const hash = readSecret(keyKind, key)
    if (!hash) return undefined
    const [found] = await withoutTeam(this.#pool, (pool) => useAgentKey.run(pool, hash))
    return found
  }

  /** The same for a socket, whose other end says which installation it is. */
  async identifySocket(key: string, installation: string): Promise<{ agent: string; team: string }> {
    const found = await this.identify(key)
    if (!found)
      throw new Refusal(
        'not_signed_in',
        "This agent's key is not known here: it was revoked, or the agent was removed. Register it again.",
      )
    if (found.installation !== installation)
      throw new Refusal(
        'not_allowed',
        'This key belongs to another installation. A copied agent is a new one: remove its state folder and register it.',
        { fields: [{ path: 'installation', message: "is not the key's" }] },
      )
    return found
  }
}
