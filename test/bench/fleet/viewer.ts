/** Somebody at the dashboard, as far as a benchmark needs: watches jobs over the live socket. */
import { io } from 'socket.io-client'
import type { Answer, Frame } from '#specs/agent-link.ts'
import type { JobDetail } from '#specs/jobs.ts'
import { dashboardNamespace } from '#specs/live.ts'
import type { FleetSystem } from './system.ts'

export interface Sight {
  job?(job: JobDetail): void
  frame?(frame: Frame): void
}

/** Watches one job until `close`. */
export async function watchJob(system: FleetSystem, job: string, sight: Sight): Promise<{ close(): void }> {
  const socket = io(`${system.server.url}${dashboardNamespace}`, {
    auth: { token: system.token },
    transports: ['websocket'],
    forceNew: true,
  })
  socket.on('delta', (delta: { topic: string; job?: JobDetail }) => {
    if (delta.topic === 'job' && delta.job) sight.job?.(delta.job)
  })
  socket.on('frames', ({ frames }: { frames: Frame[] }) => {
    for (const frame of frames) sight.frame?.(frame)
  })
  const answer = (await socket.timeout(10_000).emitWithAck('watch', { topic: 'job', job })) as Answer<{
    job: JobDetail
  }>
  if (!answer.ok) throw new Error(answer.problem.detail)
  sight.job?.(answer.value.job)
  return { close: () => void socket.close() }
}

/** Resolves with the job as soon as it is as `wanted`. */
export async function jobIs(
  system: FleetSystem,
  job: string,
  wanted: (job: JobDetail) => boolean,
): Promise<JobDetail> {
  const { promise, resolve } = Promise.withResolvers<JobDetail>()
  const watching = await watchJob(system, job, {
    job: (seen) => {
      if (wanted(seen)) resolve(seen)
    },
  })
  try {
    return await promise
  } finally {
    watching.close()
  }
}
