/**
 * The kind `coordinator`: one per team, gives pending jobs to agents. It keeps no queue: the tables of jobs and agents
 * are the queue, and it remembers only what it has given away and what was left over.
 *
 *   expect, look, room, declined, claim, sweep -> place -> agent.grant -> job.granted -> offer
 *
 * One `place` is on its way at a time, so whatever is told meanwhile makes one more look at most. It reads a bounded
 * number of rows by index, however long the queue is. A job that arrives when none like it is left over needs no look
 * where it is known who has room.
 */
import { type Context, actor, type Kind } from '#runtime/index.ts'
import { readMisplaced, readQueue } from '#db/product/fleet.ts'
import { within } from '#db/product/within.ts'
import { agent } from '../agent/messages.ts'
import { leftOf } from '../agent/share.ts'
import { job } from '../job/messages.ts'
import type { FleetSettings } from '../settings.ts'
import { decide, type Grant, type Seat, seatOf, take } from './decide.ts'
import { Hints } from './hints.ts'
import { classesMax, isWaitedFor, leftAfter, Memory } from './memory.ts'
import { coordinator, coordinatorMessages } from './messages.ts'
import { type Able, type Head, Queue } from './queue.ts'

type CoordinatorContext = Context<typeof coordinatorMessages>
type Limits = Pick<FleetSettings, 'claimsPerMinute'>

/** Given away at once; and by hints alone, until all is read again. */
const grantsMax = 128
const placedMax = 256
const quickMax = 64
/** Agents looked at for the jobs that are bound to them. */
const wantedMax = 128
/** A message takes this long at most; one that is not there by then never comes. */
const lostMs = 30_000
const sweepMs = 10_000

export function coordinatorKind(limits: Limits): Kind {
  const hints = new Hints()
  return actor(
    'coordinator',
    { state: Memory, messages: coordinatorMessages, tenant: (_memory, team) => team, history: false },
    {
      expect(memory, head, ctx) {
        if (!isOnItsWay(memory, head)) giveQuickly(memory, head, ctx, hints)
      },
      look(memory, head, ctx) {
        if (isOnItsWay(memory, head)) return
        if (giveQuickly(memory, head, ctx, hints)) return
        if (head.boundTo !== null) want(memory, head.boundTo)
        placeSoon(memory, ctx)
      },
      room(memory, { able, freed }, ctx) {
        memory.placed = memory.placed.filter(
          ({ job, agent: who }) => who !== able.agent || (job !== freed?.job && !able.holding.includes(job)),
        )
        hints.told(ctx.key, seat(able, memory, ctx, limits))
        if (!freed?.unused && !(freed && memory.heldBack) && !isWaitedFor(memory, able)) return
        want(memory, able.agent)
        placeSoon(memory, ctx)
      },
      declined(memory, { job, attempt, agent: who }, ctx) {
        memory.placed = memory.placed.filter((placed) => placed.job !== job || placed.attempt !== attempt)
        hints.forget(ctx.key, who)
        want(memory, who)
        placeSoon(memory, ctx)
      },
      claim(memory, { agent: who, free }, ctx) {
        if (memory.left.length === 0 && !memory.leftMore && !memory.boundLeftMore) return
        memory.claims = [...memory.claims.filter((claim) => claim.agent !== who), { agent: who, free }]
        want(memory, who)
        placeSoon(memory, ctx)
      },
      rooted(memory, _input, ctx) {
        memory.rootsDue = true
        placeSoon(memory, ctx)
        // A job that is being submitted just now is found by the next sweep.
        sweepLater(memory, ctx)
      },
      sweep(memory, _input, ctx) {
        memory.sweepDue = false
        memory.rootsDue = true
        memory.sweepFrom = memory.sweptTo
        placeSoon(memory, ctx)
      },
      place: (memory, _input, ctx) => place(memory, ctx, hints, limits),
    },
  )
}

function isOnItsWay({ placed }: Memory, head: Head): boolean {
  return placed.some(({ job, attempt }) => job === head.job && attempt > head.attempt)
}

function want(memory: Memory, who: string): void {
  if (!memory.wanted.includes(who)) memory.wanted.push(who)
}

function placeSoon(memory: Memory, ctx: CoordinatorContext): void {
  if (memory.placingSince !== null && ctx.now - memory.placingSince < lostMs) return
  memory.placingSince = ctx.now
  ctx.send(coordinator.at(ctx.key).place())
}

/** By hints alone. Jobs of its class that are left over come before it, and so does a look that is under way. */
function giveQuickly(memory: Memory, head: Head, ctx: CoordinatorContext, hints: Hints): boolean {
  const { placingSince, placed, left, leftMore, boundLeftMore } = memory
  const overtakes = left.includes(head.class) || (head.boundTo === null ? leftMore : boundLeftMore)
  if (placingSince !== null || placed.length >= quickMax || overtakes) return false
  const seat = hints.best(ctx.key, head, ctx.now)
  if (!seat) return false
  give(memory, [take(seat, head, ctx.now)], ctx)
  return true
}

/** An agent that is open has something left of its share, also where this node's clock is a little behind. */
function seat(able: Able, { placed }: Memory, ctx: CoordinatorContext, limits: Limits, asked?: number): Seat {
  const share = { taken: able.shareTaken, at: able.grantedAt }
  const shareLeft = Math.max(1, leftOf(share, ctx.now, limits.claimsPerMinute))
  return seatOf(able, placed, shareLeft, ctx.now, asked)
}

async function place(memory: Memory, ctx: CoordinatorContext, hints: Hints, limits: Limits): Promise<void> {
  const wanted = memory.wanted.slice(0, wantedMax)
  memory.placed = memory.placed.filter(({ at }) => ctx.now - at < lostMs)
  if (memory.rootsDue) memory.rootsDue = await tellPlaces(ctx)
  const queue = await read(memory, wanted, ctx)
  const { placement, heads, candidates } = queue
  memory.placed = memory.placed.filter(({ job: given }) => queue.inFlight.includes(given))
  const claims = new Map(memory.claims.map((claim) => [claim.agent, claim.free]))
  const asked = (who: string) => (placement === 'offer' ? undefined : (claims.get(who) ?? 0))
  const seats = candidates.map((able) => seat(able, memory, ctx, limits, asked(able.agent)))
  const allowed = allowedBy(queue, memory)
  const grants = decide({
    heads,
    seats,
    inFlight: memory.placed,
    now: ctx.now,
    grantsMax: Math.min(grantsMax, placedMax - memory.placed.length, allowed),
  })
  const given = new Set(grants.map((grant) => grant.job))
  Object.assign(memory, {
    ...leftAfter(memory, queue, wanted, given),
    wanted: memory.wanted.slice(wanted.length),
    claims: [],
    heldBack: grants.length === allowed && heads.some((head) => !given.has(head.job)),
    placingSince: null,
    sweepFrom: null,
  } satisfies Partial<Memory>)
  give(memory, grants, ctx)
  hints.read(ctx.key, queue, seats, ctx.now)
  goOn(memory, ctx, grants.length === grantsMax)
}

/** How many more the team allows to run at once; what is on its way counts. */
function allowedBy({ runningMax, running }: Queue, { placed }: Memory): number {
  if (runningMax === null) return Number.POSITIVE_INFINITY
  return Math.max(0, runningMax - (running ?? 0) - placed.length)
}

const misplacedMax = 256

/** Tells jobs of a deeper root that holds their folder. True where there may be more of them. */
async function tellPlaces(ctx: CoordinatorContext): Promise<boolean> {
  const misplaced = await readMisplaced.run(within(ctx), ctx.key, misplacedMax)
  for (const { job: id, place: deeper } of misplaced) ctx.send(job.at(id).placed({ place: deeper }))
  return misplaced.length === misplacedMax
}

/** Where not all was looked at, there is another look; where something was left over, there is one in a while. */
function goOn(memory: Memory, ctx: CoordinatorContext, full: boolean): void {
  if (full || memory.wanted.length > 0 || memory.rootsDue) placeSoon(memory, ctx)
  if (memory.left.length + memory.placed.length > 0 || memory.leftMore) sweepLater(memory, ctx)
}

/** Whatever was missed, or never came, is found by a look at everything. */
function sweepLater(memory: Memory, ctx: CoordinatorContext): void {
  if (memory.sweepDue) return
  memory.sweepDue = true
  ctx.after(sweepMs, coordinator.at(ctx.key).sweep())
}

function give(memory: Memory, grants: readonly Grant[], ctx: CoordinatorContext): void {
  for (const { job, attempt, agent: who, bound } of grants) {
    ctx.send(agent.at(who).grant({ team: ctx.key, job, attempt, bound }))
    memory.placed.push({ job, attempt, agent: who, at: ctx.now })
  }
  if (grants.length > 0) sweepLater(memory, ctx)
}

async function read(memory: Memory, wanted: readonly string[], ctx: CoordinatorContext): Promise<Queue> {
  const { placed, claims, from, sweepFrom } = memory
  const [row] = await readQueue.run(
    within(ctx),
    ctx.key,
    placed.map(({ job }) => job),
    placed.map(({ attempt }) => attempt),
    wanted,
    claims.map((claim) => claim.agent),
    from,
    sweepFrom,
    classesMax,
    grantsMax,
  )
  return Queue.parse(JSON.parse(row?.queue ?? '{}'))
}
