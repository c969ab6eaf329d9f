/** How an agent's handlers run their steps: by whom they may be asked, and who hears of what has changed. */
import type { Context } from '#runtime/index.ts'
import type { Agent } from '#specs/agents.ts'
import type { FleetSettings } from '../settings.ts'
import type { agentMessages } from './messages.ts'
import type { AgentMemory } from './state.ts'
import { type AgentTurn, tell } from './turn.ts'
import { agentView } from './view.ts'

export type AgentContext = Context<typeof agentMessages>

export class AgentSteps {
  readonly settings: FleetSettings

  constructor(settings: FleetSettings) {
    this.settings = settings
  }

  turnOf({ agent }: AgentMemory, ctx: AgentContext): AgentTurn | null {
    return agent && { id: ctx.key, agent, ctx, settings: this.settings }
  }

  /** The gateway and people ask about an agent that must be there. */
  asked<Input, Reply>(work: (turn: AgentTurn, input: Input) => Reply) {
    return (memory: AgentMemory, input: Input, ctx: AgentContext): Reply => {
      const turn = this.turnOf(memory, ctx) ?? refuseUnknown(ctx)
      return changing(turn, () => work(turn, input))
    }
  }

  /** People want something of it, and see it as it is afterwards. */
  wanted<Input>(work: (turn: AgentTurn, input: Input) => void) {
    return this.asked((turn, input: Input): Agent => {
      work(turn, input)
      return agentView(turn.id, turn.agent)
    })
  }

  /** Told by an actor, the gateway or a timer; one that is not there hears nothing. */
  told<Input>(work: (turn: AgentTurn, input: Input) => void) {
    return (memory: AgentMemory, input: Input, ctx: AgentContext): void => {
      const turn = this.turnOf(memory, ctx)
      if (turn) changing(turn, () => work(turn, input))
      else ctx.stop()
    }
  }
}

export function refuseUnknown(ctx: AgentContext): never {
  return ctx.refuse(`there is no agent ${ctx.key}`, { code: 'not_found' })
}

/** Runs a step; where it has changed the agent, everybody hears of it. */
function changing<Result>(turn: AgentTurn, work: () => Result): Result {
  const before = turn.agent.version
  const result = work()
  publish(turn, before)
  return result
}

export function publish(turn: AgentTurn, before: number): void {
  const { id, agent } = turn
  if (agent.version !== before)
    tell(turn, { type: 'agent', team: agent.team, id, agent: agentView(id, agent) })
}
