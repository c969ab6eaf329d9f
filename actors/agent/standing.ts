/** What people may want of an agent, and from where to where that leads. */
import type { Standing } from '#specs/agents.ts'

export type Wish = 'pause' | 'resume' | 'cordon' | 'drain' | 'revoke'

const table: Readonly<Record<Wish, { readonly from: readonly Standing[]; readonly to: Standing }>> = {
  /** Again, to change its note or its end. */
  pause: { from: ['active', 'paused', 'cordoned'], to: 'paused' },
  /** Also what approves it. */
  resume: { from: ['pending_approval', 'paused', 'cordoned', 'draining'], to: 'active' },
  cordon: { from: ['active', 'paused'], to: 'cordoned' },
  drain: { from: ['active', 'paused', 'cordoned'], to: 'draining' },
  revoke: { from: ['active', 'pending_approval', 'paused', 'cordoned', 'draining'], to: 'revoked' },
}

const cures: Readonly<Record<Standing, string>> = {
  active: 'it takes work already',
  pending_approval: 'resume it first, which approves it',
  paused: 'resume it first',
  cordoned: 'resume it first',
  draining: 'resume it first',
  revoked: 'register it anew first',
}

/** Where the wish leads from here, or why it can't be had. */
export function standingAfter(wish: Wish, from: Standing): { to: Standing } | { why: string } {
  const { from: allowed, to } = table[wish]
  if (allowed.includes(from)) return { to }
  return {
    why: `an agent that is ${from} can't be made ${to}: ${from === to ? `it is ${to} already` : cures[from]}`,
  }
}
