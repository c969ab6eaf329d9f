-- name: notifyBus
-- After the commit of what it tells, on a connection of its own: a NOTIFY in another's transaction would hold the lock
-- that all commits share.
select pg_notify('safelight_bus', $1)

-- name: sendParcel
-- What does not fit into a notification waits here for whoever the notification reaches; old parcels go with it.
with gone as (
  delete from parcel where at < clock_timestamp() - interval '1 minute'
), kept as (
  insert into parcel (body) values ($1) returning id
)
select pg_notify('safelight_bus', json_build_object('from', $2::text, 'parcel', id)::text) from kept

-- name: openParcel
select body from parcel where id = $1

-- name: listAgents
-- In the order in which they were registered. An agent's row is its actor's memory; when it was last heard of, its
-- load, and how many checks in a row have failed stand in `presence`.
-- $2: after this one; $3-$6: filters, each null where it is not asked for.
select agent.key, agent.state, presence.seen_at, presence.load, presence.failures
from agent
left join presence on presence.agent = agent.key
where agent.kind = 'agent' and agent.team = $1
  and ($2::text is null or agent.key > $2)
  and ($3::text is null or agent.liveness = $3)
  and ($4::text is null or agent.standing = $4)
  and ($5::text is null or agent.tags @> array[$5])
  and ($6::text is null or agent.abilities @> array[$6])
order by agent.key
limit $7

-- name: readAgents
select agent.key, agent.state, presence.seen_at, presence.load, presence.failures
from agent
left join presence on presence.agent = agent.key
where agent.kind = 'agent' and agent.team = $1 and agent.key = any ($2)

-- name: countAgents
-- Those that were never started are away without being missed.
select liveness, count(*)::int4 as agents,
  count(*) filter (where state #>> '{agent,lastSeenAt}' is null)::int4 as never_seen,
  coalesce(sum(slots) filter (where standing = 'active' and state #>> '{agent,lastSeenAt}' is not null), 0)::int4 as slots
from agent
where team = $1 and standing <> 'revoked'
group by liveness

-- name: readPool
-- The pool at a glance. Agents that are long gone, or were never started, say nothing about how it is. Pending jobs are
-- counted up to a limit.
select
  count(*)::int4 as agents,
  count(*) filter (where liveness in ('healthy', 'degraded'))::int4 as online,
  count(*) filter (where liveness in ('healthy', 'degraded') and standing = 'active' and cardinality(holding) = 0)::int4 as idle,
  count(*) filter (where liveness = 'degraded')::int4 as degraded,
  count(*) filter (
    where liveness in ('unhealthy', 'offline') and state #>> '{agent,lastSeenAt}' is not null
  )::int4 as missing,
  (
    select count(*)::int4 from job where job.team = $1 and job.status in ('assigned', 'running', 'cancelling')
  ) as running,
  (
    select count(*)::int4
    from (select from job where job.team = $1 and job.status = 'pending' limit $2) as capped
  ) as pending
from agent
where agent.team = $1 and agent.standing <> 'revoked'

-- name: placeOfJob
-- Where a page of the list goes on: the place of the last page's last job.
select seq from job
where kind = 'job' and key = $2 and team = $1

-- name: listJobs
-- The newest first, over all states: by the index of places.
select key, state from job
where team = $1 and ($2::int8 is null or seq < $2)
  and ($3::text is null or tool = $3)
  and ($4::text is null or agent = $4 or bound_to = $4)
order by seq desc
limit $5

-- name: listJobsByState
-- The newest first of some states: the newest of each, by the index of states, merged. A state that is rare among a
-- hundred thousand jobs costs no more than a common one.
select found.key, found.state
from unnest($5::text[]) as wanted (status)
cross join lateral (
  select job.key, job.state, job.seq from job
  where job.team = $1 and job.status = wanted.status and ($2::int8 is null or job.seq < $2)
    and ($3::text is null or job.tool = $3)
    and ($4::text is null or job.agent = $4 or job.bound_to = $4)
  order by job.seq desc
  limit $6
) as found
order by found.seq desc
limit $6

-- name: readJobs
select key, state from job
where kind = 'job' and team = $1 and key = any ($2)

-- name: readResult
select attempt, agent, tool, outcome, finished_at, output
from job_result
where job = $2 and team = $1

-- name: readWaiting
-- What a pending job waits for: who could run it, who of them looks into its folder, who is there, who has room, and who
-- has had its share of attempts for this minute; how many of the team's jobs run; and how many are before it.
with wanted as (
  select needs, rank, seq, class, bound_to, folder, place from job
  where kind = 'job' and key = $2 and team = $1 and status = 'pending'
)
select
  (
    select count(*)::int4
    from (
      select from job
      where job.team = $1 and job.status = 'pending' and (job.rank, job.seq) < (wanted.rank, wanted.seq)
      limit $3
    ) as earlier
  ) as before,
  able.*,
  bound.name as bound_name,
  bound.liveness as bound_liveness,
  bound.standing as bound_standing,
  bound.connected as bound_connected,
  bound.ending as bound_ending,
  bound.share_spent as bound_spent,
  team.placement,
  team.running_max,
  (
    select count(*)::int4
    from (
      select from job
      where job.team = $1 and job.status = any ('{offered,assigned,running,cancelling}')
      limit team.running_max
    ) as under_way
  ) as running
from wanted
cross join lateral (
  select
    count(*)::int4 as agents,
    count(*) filter (where skilled)::int4 as skilled,
    count(*) filter (where skilled and looks)::int4 as able,
    count(*) filter (where skilled and looks and online)::int4 as online,
    count(*) filter (where skilled and looks and online and standing = 'active')::int4 as active,
    count(*) filter (where skilled and looks and open)::int4 as open,
    count(*) filter (where skilled and looks and online and standing = 'active' and share_spent)::int4 as spent
  from (
    select standing, open, share_spent,
      abilities @> wanted.needs as skilled,
      connected and liveness in ('healthy', 'degraded') as online,
      wanted.place is null
        or exists (select from unnest(places) as root where starts_with(wanted.folder, root)) as looks
    from agent
    where agent.team = $1 and agent.standing <> 'revoked'
  ) as any_agent
) as able
left join agent as bound on bound.kind = 'agent' and bound.key = wanted.bound_to
left join team on team.id = $1

-- name: tailLog
-- The latest lines of one attempt after a place, the newest first.
select seq, at, level, text
from job_log
where team = $1 and job = $2 and attempt = $3 and seq > $4
order by seq desc
limit $5
