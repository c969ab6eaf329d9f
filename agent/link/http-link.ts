/**
 * The link where a socket can't be had, such as behind a proxy that knows HTTP only: every word is a call, and what the
 * server has to say comes with the answer to a heartbeat, which is therefore sent more often.
 */
import { callRoute, type Caller, type LinkRoute } from './http-calls.ts'
import { type AgentWord, type AnswerOf, type InputOf, type Link, LinkDown } from './link.ts'
import type { Opening } from './socket-link.ts'

const routeOf: Readonly<Record<AgentWord, LinkRoute>> = {
  hello: 'agentHello',
  beat: 'agentBeat',
  claim: 'agentClaim',
  accept: 'agentAccept',
  decline: 'agentDecline',
  started: 'agentStarted',
  frames: 'agentFrames',
  finish: 'agentFinish',
}

/** Opens nothing: whether the server can be reached shows at the first call. */
export function httpLink({ server, handshake, callMs, listener }: Opening): Link {
  const caller: Caller = {
    server,
    callMs,
    headers: {
      authorization: `Bearer ${handshake.key}`,
      'x-safelight-protocol': String(handshake.protocol),
      'x-safelight-installation': handshake.installation,
      'x-safelight-boot': handshake.boot,
    },
  }
  const { promise: closed, resolve: close } = Promise.withResolvers<string>()
  return {
    kind: 'http',
    closed,
    close,
    async call<W extends AgentWord>(word: W, body: InputOf<W>): Promise<AnswerOf<W>> {
      try {
        const answer = await callRoute(caller, routeOf[word], body as never)
        if ('cancels' in answer) {
          for (const cancel of answer.cancels) listener.cancel(cancel)
          for (const offer of answer.offers) listener.offer(offer)
        }
        return answer as AnswerOf<W>
      } catch (error) {
        if (error instanceof LinkDown) close(error.message)
        throw error
      }
    },
  }
}
