/** Somebody at the dashboard, as far as a benchmark needs: watches jobs over the live socket. */
import { io, type Socket } from 'socket.io-client'
import type { Answer, Frame } from '#specs/agent-link.ts'
import type { Job, JobDetail } from '#specs/jobs.ts'
import { dashboardNamespace } from '#specs/live.ts'
import type { FleetSystem } from './system.ts'

export interface Sight {
  job?(job: JobDetail): void
  frame?(frame: Frame): void
}

/** Watches one job until `close`. */
export async function watchJob(system: FleetSystem, job: string, sight: Sight): Promise<{ close(): void }> {
  const socket = openPage(system)
  socket.on('delta', (delta: { topic: string; job?: JobDetail }) => {
    if (delta.topic === 'job' && delta.job) sight.job?.(delta.job)
  })
  socket.on('frames', ({ frames }: { frames: Frame[] }) => {
    for (const frame of frames) sight.frame?.(frame)
  })
  const { job: first } = await watch<{ job: JobDetail }>(socket, { topic: 'job', job })
  sight.job?.(first)
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

export interface JobsPage {
  /** Resolves when the list shows the job as completed. */
  completed(job: string): Promise<void>
  close(): void
}

/** The list of completed jobs, open all the time. */
export async function openJobs(system: FleetSystem): Promise<JobsPage> {
  const socket = openPage(system)
  const shown = new Map<string, PromiseWithResolvers<void>>()
  const entry = (job: string) => {
    const known = shown.get(job) ?? Promise.withResolvers<void>()
    shown.set(job, known)
    return known
  }
  socket.on('delta', (delta: { topic: string; changed?: Job[] }) => {
    if (delta.topic === 'jobs') for (const { id } of delta.changed ?? []) entry(id).resolve()
  })
  await watch(socket, { topic: 'jobs', query: { state: 'completed' } })
  return { completed: (job) => entry(job).promise, close: () => void socket.close() }
}

function openPage({ server, token }: FleetSystem): Socket {
  return io(`${server.url}${dashboardNamespace}`, {
    auth: { token },
    transports: ['websocket'],
    forceNew: true,
  })
}

async function watch<T>(socket: Socket, what: object): Promise<T> {
  const answer = (await socket.timeout(10_000).emitWithAck('watch', what)) as Answer<T>
  if (!answer.ok) throw new Error(answer.problem.detail)
  return answer.value
}
