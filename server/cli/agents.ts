/** `safelight agents`: who works, and how they are. */
import type { Command } from 'commander'
import type { Agent } from '#specs/agents.ts'
import type { Terminal } from './terminal.ts'
import { ago, tableOf } from './print.ts'

export function agentCommands(program: Command, terminal: Terminal): void {
  const agents = program.command('agents').description('the agents of your team')
  agents
    .command('list', { isDefault: true })
    .description('all agents')
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
    .option('--hours <hours>', 'how long it is good for', Number, 24)
    .action((options: { name: string; hours: number }) => token(terminal, options))
  for (const what of ['resume', 'cordon', 'drain', 'revoke'] as const)
    agents
      .command(`${what} <agent>`)
      .description(abouts[what])
      .option('--reason <text>', 'why, for its history')
      .action((agent: string, options: { reason?: string }) => change(terminal, what, agent, options))
  agents
    .command('pause <agent>')
    .description('give it no new work for a while')
    .option('--note <text>', 'why')
    .option('--minutes <minutes>', 'resume by itself after this time', Number)
    .action((agent: string, options: { note?: string; minutes?: number }) => pause(terminal, agent, options))
  agents
    .command('remove <agent>')
    .description('remove it and its key')
    .option('--now', 'without waiting for its jobs')
    .action((agent: string, options: { now?: boolean }) => remove(terminal, agent, options))
}

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

async function list(terminal: Terminal, query: { liveness?: string; tag?: string }) {
  const items: Agent[] = []
  let after: string | undefined
  do {
    const page = await terminal.client().call('listAgents', { query: { ...query, limit: 200, after } })
    items.push(...page.items)
    after = page.next ?? undefined
  } while (after !== undefined)
  if (terminal.json) return terminal.say(JSON.stringify(items, null, 2))
  if (items.length === 0)
    return terminal.say(
      "There are no agents yet. 'safelight agents token' makes a token to register one with.",
    )
  const rows = items.map((agent) => [
    agent.id,
    agent.name,
    agent.liveness,
    agent.standing,
    `${agent.running.length} of ${agent.slots}`,
    ago(agent.lastSeenAt),
  ])
  for (const line of tableOf(['ID', 'NAME', 'LIVENESS', 'STANDING', 'JOBS', 'SEEN'], rows)) terminal.say(line)
}

async function show(terminal: Terminal, agent: string) {
  const found = await terminal.client().call('getAgent', { params: { agent } })
  if (terminal.json) return terminal.say(JSON.stringify(found, null, 2))
  tell(terminal, found)
}

function tell(terminal: Terminal, agent: Agent) {
  const { platform } = agent
  const lines = [
    ['Agent', `${agent.name} (${agent.id})`],
    ['Liveness', `${agent.liveness}, seen ${ago(agent.lastSeenAt)}`],
    ['Standing', agent.note === null ? agent.standing : `${agent.standing}: ${agent.note}`],
    ['Machine', `${platform.hostname}, ${platform.os} ${platform.arch}, ${platform.cores} cores`],
    ['Jobs', agent.running.map(({ job }) => job).join(', ') || 'none'],
    ['Roots', agent.roots.join(', ') || 'none: it scans nothing yet'],
    ['Can', agent.capabilities.join(', ')],
  ]
  for (const line of tableOf(lines[0] ?? [], lines.slice(1))) terminal.say(line)
}

async function token(terminal: Terminal, { name, hours }: { name: string; hours: number }) {
  const made = await terminal.client().call('makeAgentToken', { body: { name, expiresInHours: hours } })
  if (terminal.json) return terminal.say(JSON.stringify(made, null, 2))
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
  const body = reason === undefined ? {} : { reason }
  done(terminal, await terminal.client().call(routeOf[what], { params: { agent }, body }))
}

async function pause(
  terminal: Terminal,
  agent: string,
  { note, minutes }: { note?: string; minutes?: number },
) {
  const body = {
    ...(note !== undefined && { note }),
    ...(minutes !== undefined && { forMs: minutes * 60_000 }),
  }
  done(terminal, await terminal.client().call('pauseAgent', { params: { agent }, body }))
}

async function remove(terminal: Terminal, agent: string, { now }: { now?: boolean }) {
  await terminal.client().call('removeAgent', { params: { agent }, query: { mode: now ? 'now' : 'drain' } })
  terminal.say(now ? 'It is removed.' : 'It is removed as soon as its jobs have ended.')
}

function done(terminal: Terminal, agent: Agent) {
  if (terminal.json) terminal.say(JSON.stringify(agent, null, 2))
  else terminal.say(`${agent.name} is ${agent.standing}.`)
}
