/** What people can do with an agent: when, who may, and what it means. */
import type { Agent, Standing } from '#specs/agents.ts'
import type { Role } from '#specs/people.ts'
import type { IconName } from '../ui/icon.ts'

export type ActionName = 'approve' | 'pause' | 'resume' | 'cordon' | 'drain' | 'edit' | 'revoke' | 'remove'

export type Action = {
  readonly name: ActionName
  readonly label: string
  readonly icon: IconName
  readonly role: Role
  readonly standings: readonly Standing[]
  readonly meaning: string
  readonly done: string
  readonly isHarsh?: true
}

const alive: readonly Standing[] = ['active', 'pending_approval', 'paused', 'cordoned', 'draining']

export const actions: readonly Action[] = [
  {
    name: 'approve',
    label: 'Approve',
    icon: 'check',
    role: 'admin',
    standings: ['pending_approval'],
    meaning: 'It gets work, for all that it can do.',
    done: 'It gets work.',
  },
  {
    name: 'resume',
    label: 'Resume',
    icon: 'play',
    role: 'operator',
    standings: ['paused', 'cordoned', 'draining'],
    meaning: 'It gets work again.',
    done: 'It gets work again.',
  },
  {
    name: 'pause',
    label: 'Pause',
    icon: 'pause',
    role: 'operator',
    standings: ['active', 'cordoned'],
    meaning: 'It finishes what it runs, and gets no new work for a while.',
    done: 'It gets no new work for now.',
  },
  {
    name: 'cordon',
    label: 'Cordon',
    icon: 'dash',
    role: 'operator',
    standings: ['active', 'paused'],
    meaning: 'It finishes what it runs, and gets no new work until somebody resumes it.',
    done: 'It gets no new work.',
  },
  {
    name: 'drain',
    label: 'Drain',
    icon: 'drop',
    role: 'operator',
    standings: ['active', 'paused', 'cordoned'],
    meaning: 'It finishes what it runs, then its program ends. To go on, start it again on its machine.',
    done: 'It ends once it has finished what it runs.',
  },
  {
    name: 'edit',
    label: 'Edit',
    icon: 'more',
    role: 'admin',
    standings: alive,
    meaning: 'Its name, its tags, and how many jobs it runs at once.',
    done: 'Saved.',
  },
  {
    name: 'revoke',
    label: 'Revoke',
    icon: 'lock',
    role: 'admin',
    standings: alive,
    meaning:
      'Its key is void at once, and what it runs is given to other agents. To come back it has to be enrolled anew.',
    done: 'Its key is void.',
    isHarsh: true,
  },
  {
    name: 'remove',
    label: 'Remove',
    icon: 'cross',
    role: 'admin',
    standings: [...alive, 'revoked'],
    meaning: 'It disappears from here with its key and its history. The jobs that it did stay.',
    done: 'It was removed.',
    isHarsh: true,
  },
]

/** What the user can do with the agent as it stands. */
export function actionsFor({ standing }: Agent, may: (role: Role) => boolean): readonly Action[] {
  return actions.filter(({ standings, role }) => standings.includes(standing) && may(role))
}

export const pauseChoices: readonly { readonly label: string; readonly ms: number | null }[] = [
  { label: '15 minutes', ms: 900_000 },
  { label: '1 hour', ms: 3_600_000 },
  { label: '8 hours', ms: 28_800_000 },
  { label: 'Until it is resumed', ms: null },
]
