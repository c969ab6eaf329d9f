/** The kind `agent`: one actor per registration, and all truth about it. */
import { actor, type Handlers, type Kind } from '#runtime/index.ts'
import { coordinator } from '../coordinator/messages.ts'
import type { FleetSettings } from '../settings.ts'
import * as border from './border.ts'
import { agentMessages } from './messages.ts'
import * as presence from './presence.ts'
import * as slots from './slots.ts'
import { agentColumns, AgentMemory } from './state.ts'
import { AgentSteps, publish, refuseUnknown } from './steps.ts'
import { agentView } from './view.ts'

type AgentHandlers = Handlers<typeof AgentMemory, typeof agentMessages>

export function agentKind(settings: FleetSettings): Kind {
  const steps = new AgentSteps(settings)
  return actor(
    'agent',
    {
      state: AgentMemory,
      messages: agentMessages,
      table: 'product.agent',
      columns: agentColumns,
      tenant: ({ agent }) => agent?.team ?? '',
    },
    { ...forGateways(steps), ...forPeople(steps), ...forActors(steps), ...forTimers(steps) },
  )
}

type OfGateways =
  | 'register'
  | 'connected'
  | 'disconnected'
  | 'ends'
  | 'left'
  | 'silent'
  | 'heard'
  | 'ails'
  | 'well'

function forGateways(steps: AgentSteps): Pick<AgentHandlers, OfGateways> {
  return {
    register(memory, input, ctx) {
      const before = memory.agent?.version ?? 0
      const turn = border.register(memory, input, ctx, steps.settings)
      publish(turn, before)
      return agentView(ctx.key, turn.agent)
    },
    connected: steps.asked(presence.connected),
    disconnected: steps.told(presence.disconnected),
    ends: steps.told(presence.ends),
    left: steps.told(presence.left),
    silent: steps.told(presence.silent),
    heard: steps.told(presence.heard),
    ails: steps.told(presence.ails),
    well: steps.told(presence.well),
  }
}

type OfPeople = 'get' | 'pause' | 'resume' | 'cordon' | 'drain' | 'revoke' | 'change' | 'remove'

function forPeople(steps: AgentSteps): Pick<AgentHandlers, OfPeople> {
  return {
    get: steps.asked(({ id, agent }) => agentView(id, agent)),
    pause: steps.wanted(border.pause),
    resume: steps.wanted(border.resume),
    cordon: steps.wanted((turn, { by, reason }) => border.wish(turn, 'cordon', by, reason ?? null)),
    drain: steps.wanted(border.drain),
    revoke: steps.wanted(border.revoke),
    async change(memory, input, ctx) {
      const turn = steps.turnOf(memory, ctx) ?? refuseUnknown(ctx)
      const before = turn.agent.version
      await border.change(turn, input)
      publish(turn, before)
      return agentView(ctx.key, turn.agent)
    },
    async remove(memory, input, ctx) {
      const turn = steps.turnOf(memory, ctx) ?? refuseUnknown(ctx)
      const before = turn.agent.version
      await border.remove(turn, input)
      if (turn.agent.removal) publish(turn, before)
      return { done: true } as const
    },
  }
}

function forActors(steps: AgentSteps): Pick<AgentHandlers, 'grant' | 'freed' | 'stop' | 'stopping' | 'kept'> {
  const grant = steps.told(slots.grant)
  return {
    grant(memory, input, ctx) {
      if (memory.agent) return grant(memory, input, ctx)
      const { team, job, attempt } = input
      const reason = 'it is not registered'
      ctx.send(coordinator.at(team).declined({ job, attempt, agent: ctx.key, reason }))
      ctx.stop()
    },
    freed: steps.told(slots.freed),
    stop: steps.told(slots.stop),
    stopping: steps.told(slots.stopping),
    kept: steps.told(slots.kept),
  }
}

type OfTimers = 'pauseEnds' | 'graceStruck' | 'graceJudged' | 'shareGrows' | 'stopEnds' | 'removeIfIdle'

function forTimers(steps: AgentSteps): Pick<AgentHandlers, OfTimers> {
  return {
    pauseEnds: steps.told(border.pauseEnds),
    graceStruck: steps.told(presence.graceStruck),
    graceJudged: steps.told(presence.graceJudged),
    shareGrows: steps.told(slots.shareGrows),
    stopEnds: steps.told(slots.stopEnds),
    async removeIfIdle(memory, _input, ctx) {
      const turn = steps.turnOf(memory, ctx)
      if (turn) await border.removeIfIdle(turn)
      else ctx.stop()
    },
  }
}
