/** Follows one job over the live socket, as the dashboard does, until it has ended. */
import { io } from 'socket.io-client'
import type { Answer } from '#specs/agent-link.ts'
import { hasEnded, type JobDetail } from '#specs/jobs.ts'
import { dashboardNamespace, Delta, JobFrames, Snapshot } from '#specs/live.ts'
import { Declined } from './client.ts'
import { progressOf } from './print.ts'

export interface Follower {
  job(job: JobDetail): void
  line(text: string): void
}

/** Resolves with the job's end. A cut connection is dialled again; only a refusal ends it before. */
export function follow(
  server: { readonly url: string; readonly token: string },
  job: string,
  follower: Follower,
): Promise<JobDetail> {
  const socket = io(`${server.url}${dashboardNamespace}`, {
    auth: { token: server.token },
    transports: ['websocket'],
  })
  return new Promise<JobDetail>((resolve, reject) => {
    const seen = (found: JobDetail) => {
      follower.job(found)
      if (hasEnded(found.state)) resolve(found)
    }
    socket.on('connect', () => {
      socket.emit('watch', { topic: 'job', job }, (answer: Answer<unknown>) => {
        if (!answer.ok) return reject(new Declined(answer.problem))
        const snapshot = Snapshot.parse(answer.value)
        if (snapshot.topic === 'job') seen(snapshot.job)
      })
    })
    socket.on('connect_error', (error) => {
      // Refused by the server, not cut off: dialling again would change nothing.
      if (!socket.active) reject(new Error(`the server refused the connection: ${error.message}`))
    })
    socket.on('delta', (text: unknown) => {
      const delta = Delta.parse(text)
      if (delta.topic === 'job') seen(delta.job)
    })
    socket.on('frames', (text: unknown) => {
      for (const frame of JobFrames.parse(text).frames)
        if (frame.type === 'log') follower.line(`${frame.level}: ${frame.text}`)
        else follower.line(progressOf(frame.progress))
    })
  }).finally(() => socket.close())
}
