/** `safelight agents`: who works, and how they are. */
import type { Command } from 'commander'
import { tableOf } from '#host/terminal.ts'
import type { Agent } from '#specs/agents.ts'
import { agentId, allAgents } from './agent-names.ts'
import { minutes, wholeNumber } from './arguments.ts'
import { listCommand } from './groups.ts'
import { ago, jsonOf } from './print.ts'
import type { Terminal } from './terminal.ts'

const abouts = {
  resume: 'give it work again',
  cordon: 'give it no new work',
  drain: 'let it finish, then end',
  revoke: 'make its key void at once',
} as const
const routeOf = {
  resume: 'resumeAgent',
  cordon: 'cordonAgent',
  drain: 'drainAgent',
  revoke: 'revokeAgent',
} as const

export function agentCommands(program: Command, terminal: Terminal): void {
  const agents = program
    .command('agents')
    .description('the agents of your team')
    .addHelpText('after', "\nAn <agent> is its name or its id, as 'safelight agents' shows them.")
  listCommand(agents, 'all agents')
    .option('--liveness <step>', 'only those at this step')
    .option('--tag <key=value>', 'only those with this tag')
    .action((options: { liveness?: string; tag?: string }) => list(terminal, options))
  agents
    .command('show <agent>')
    .description('one agent')
    .action((agent: string) => show(terminal, agent))
  agents
    .command('token')
    .description('make a registration token for a new agent')
    .option('--name <name>', 'what it is for', 'new agent')
    .option('--hours <hours>', 'how long it is good for', wholeNumber(1, 168), 24)
    .action((options: { name: string; hours: number }) => token(terminal, options))
  declareWishes(agents, terminal)
}

function declareWishes(agents: Command, terminal: Terminal): void {
  agents
    .command('pause <agent>')
    .description('give it no new work for a while')
    .option('--note <text>', 'why')
    .option('--minutes <minutes>', 'resume by itself after this time', minutes)
    .action((agent: string, options: { note?: string; minutes?: number }) => pause(terminal, agent, options))
  for (const what of ['resume', 'cordon', 'drain', 'revoke'] as const)
    agents
      .command(`${what} <agent>`)
      .description(abouts[what])
      .option('--reason <text>', 'why, for its history')
      .action((agent: string, options: { reason?: string }) => change(terminal, what, agent, options))
  agents
    .command('rename <agent> <name>')
    .description('call it otherwise')
    .action((agent: string, name: string) => rename(terminal, agent, name))
  agents
    .command('remove <agent>')
    .description('remove it and its key')
    .option('--now', 'without waiting for its jobs')
    .action((agent: string, options: { now?: boolean }) => remove(terminal, agent, options))
}

async function list(terminal: Terminal, { liveness, tag }: { liveness?: string; tag?: string }) {
  const items = await allAgents(terminal, { liveness, tag })
  if (terminal.json) return terminal.say(jsonOf(items))
  if (items.length === 0) return terminal.complain(whyNone(liveness !== undefined || tag !== undefined))
  const rows = items.map((agent) => [
    agent.id,
    agent.name,
    agent.liveness,
    agent.standing,
    `${agent.running.length} of ${agent.slots}`,
    ago(agent.lastSeenAt),
  ])
  terminal.say(tableOf([['ID', 'NAME', 'LIVENESS', 'STANDING', 'JOBS', 'SEEN'], ...rows]))
}

function whyNone(isFiltered: boolean): string {
  if (isFiltered) return "No agent is so. 'safelight agents' shows them all."
  return "There are no agents yet. 'safelight agents token' makes a token to register one with."
}

async function show(terminal: Terminal, agent: string) {
  const params = { agent: await agentId(terminal, agent) }
  const found = await terminal.client().call('getAgent', { params })
  terminal.say(terminal.json ? jsonOf(found) : tableOf(rowsOf(found)))
}

function rowsOf(agent: Agent): string[][] {
  const { platform } = agent
  return [
    ['Agent', `${agent.name} (${agent.id})`],
    ['Liveness', `${agent.liveness}, seen ${ago(agent.lastSeenAt)}`],
    ['Standing', standingOf(agent)],
    ['Machine', `${platform.hostname}, ${platform.os} ${platform.arch}, ${platform.cores} cores`],
    ['Jobs', agent.running.map(({ job }) => job).join(', ') || 'none'],
    ['Roots', agent.roots.join(', ') || 'none: it scans nothing yet'],
    ['Can', agent.capabilities.join(', ')],
  ]
}

function standingOf({ standing, resumesAt, note }: Agent): string {
  const until = resumesAt === null ? '' : ` until ${new Date(resumesAt).toISOString()}`
  return `${standing}${until}${note === null ? '' : `: ${note}`}`
}

async function token(terminal: Terminal, { name, hours }: { name: string; hours: number }) {
  const made = await terminal.client().call('makeAgentToken', { body: { name, expiresInHours: hours } })
  if (terminal.json) return terminal.say(jsonOf(made))
  terminal.say(`This token is shown once, and is good for ${hours} hours and one agent:`)
  terminal.say(`  ${made.secret}`)
  terminal.say('On the machine with the photos:')
  terminal.say(`  safelight-agent register --server ${terminal.client().url} --token ${made.secret}`)
}

async function change(
  terminal: Terminal,
  what: keyof typeof routeOf,
  agent: string,
  { reason }: { reason?: string },
) {
  const params = { agent: await agentId(terminal, agent) }
  const body = reason === undefined ? {} : { reason }
  done(terminal, await terminal.client().call(routeOf[what], { params, body }))
}

async function pause(
  terminal: Terminal,
  agent: string,
  { note, minutes: length }: { note?: string; minutes?: number },
) {
  const params = { agent: await agentId(terminal, agent) }
  const body = {
    ...(note !== undefined && { note }),
    ...(length !== undefined && { forMs: Math.round(length * 60_000) }),
  }
  done(terminal, await terminal.client().call('pauseAgent', { params, body }))
}

async function rename(terminal: Terminal, agent: string, name: string) {
  const params = { agent: await agentId(terminal, agent) }
  const renamed = await terminal.client().call('changeAgent', { params, body: { name } })
  terminal.say(terminal.json ? jsonOf(renamed) : `It is called ${renamed.name} now.`)
}

async function remove(terminal: Terminal, agent: string, { now }: { now?: boolean }) {
  const params = { agent: await agentId(terminal, agent) }
  const query = { mode: now ? 'now' : 'drain' }
  const answer = await terminal.client().call('removeAgent', { params, query })
  const sentence = now ? 'It is removed.' : 'It is removed as soon as its jobs have ended.'
  terminal.say(terminal.json ? jsonOf(answer) : sentence)
}

function done(terminal: Terminal, agent: Agent) {
  terminal.say(terminal.json ? jsonOf(agent) : `${agent.name} is ${agent.standing}.`)
}
