import { stateGroups, type Job, type JobQuery } from '#specs/jobs.ts'

/** Whether a job belongs on a list that was asked for with the query. */
export function matches(job: Job, { state, group, tool, agent }: JobQuery): boolean {
  return (
    (state === undefined || job.state === state) &&
    (group === undefined || stateGroups[group].includes(job.state)) &&
    (tool === undefined || job.tool === tool) &&
    (agent === undefined || job.agent === agent || job.boundTo === agent)
  )
}
