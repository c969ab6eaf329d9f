/** What list of jobs an address asks for. */
import { JobQuery, type JobState, jobStates, stateGroups } from '#specs/jobs.ts'

export const groups = ['upcoming', 'active', 'done', 'failed'] as const
export type Group = (typeof groups)[number]

export type JobFilters = {
  readonly group?: string | undefined
  readonly state?: string | undefined
  readonly tool?: string | undefined
  readonly agent?: string | undefined
  readonly after?: string | undefined
}

/** Parsed field by field: one that makes no sense is left out, the others count. */
export function queryFrom(filters: JobFilters): JobQuery {
  const { shape } = JobQuery
  const kept = Object.entries(filters).filter(([name, value]) => {
    return value !== undefined && value !== '' && shape[name as keyof JobFilters].safeParse(value).success
  })
  return JobQuery.parse(Object.fromEntries(kept))
}

/** The states that may be asked for: those of the tab. */
export function statesIn({ group }: Pick<JobQuery, 'group'>): readonly JobState[] {
  return group === undefined ? jobStates : stateGroups[group]
}

export function isFiltered({ state, tool, agent }: JobQuery): boolean {
  return state !== undefined || tool !== undefined || agent !== undefined
}
