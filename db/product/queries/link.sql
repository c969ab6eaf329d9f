-- name: redeemAgentToken
-- Before anybody knows the team: the function looks the token up by its hash.
select verdict, agent, team, name, is_new, redeemed_at from redeem_agent_token($1, $2, $3, $4, $5, $6)

-- name: useAgentKey
select agent, team, installation from use_agent_key($1)

-- name: addAgentKey
insert into agent_key (hash, agent, team, shown)
select $1, agent, team, $2
from agent_identity
where agent = $3 and team = $4
returning number

-- name: voidAgentTokens
-- What an agent was registered with does not bring it back.
update agent_token
set voided_at = clock_timestamp()
where used_by = $1 and team = $2 and voided_at is null

-- name: removeAgentKeys
delete from agent_key
where agent = $1 and team = $2

-- name: addAgentToken
insert into agent_token (id, team, name, hash, created_by, expires_at)
values ($1, $2, $3, $4, $5, clock_timestamp() + $6 * interval '1 hour')
returning id, name, created_at, expires_at, used_by, created_by,
  (select maker.name from "user" as maker where maker.id = created_by and maker.team = $2) as created_by_name

-- name: listAgentTokens
-- The newest first: ids grow with time.
select id, name, created_at, expires_at, used_by, created_by,
  (select maker.name from "user" as maker where maker.id = created_by and maker.team = $1) as created_by_name
from agent_token
where team = $1 and ($2::text is null or id < $2)
order by id desc
limit $3

-- name: makerOfToken
-- Who made a registration token, once the team is known by it.
select created_by as by, (select maker.name from "user" as maker where maker.id = created_by and maker.team = $1) as name
from agent_token
where team = $1 and hash = $2

-- name: removeAgentToken
delete from agent_token
where id = $1 and team = $2
returning id

-- name: notePresence
-- Every server runs this one statement every few seconds, however many agents it has. It writes down who was heard, and
-- returns whose step of the ladder is due, whoever holds their connection: those that have been silent for longer than
-- their actor knows, and those just heard that their actor takes for silent. All by the database's clock. Where nobody
-- ran it for a while, silence means nothing until agents have had the time of one step to be heard again.
-- $1-$4: who was heard, how long ago; load and failed checks, each null where there is nothing new; $5: by which server;
-- $6-$9: the ladder; $10: the gap.
with clock as (
  update presence_clock
  set ran_at = clock_timestamp(),
    resumed_at = case
      when clock_timestamp() - ran_at > $10 * interval '1 ms' then clock_timestamp()
      else resumed_at
    end
  returning ran_at as now, resumed_at
), told as (
  select * from unnest($1::text[], $2::float8[], $3::text[], $4::int[]) as told (agent, age_ms, load, failures)
), heard as (
  update presence
  set seen_at = greatest(presence.seen_at, clock.now - told.age_ms * interval '1 ms'),
    load = coalesce(told.load::jsonb, presence.load),
    failures = coalesce(told.failures, presence.failures),
    server = $5
  from told, clock
  where presence.agent = told.agent
  returning presence.agent, presence.seen_at
), risen as (
  select agent.key as agent, 'healthy' as level, 0.0::float8 as age_ms
  from heard
  join agent on agent.key = heard.agent
  cross join clock
  where agent.liveness in ('unhealthy', 'offline', 'stale', 'inactive')
    and heard.seen_at > clock.now - $6 * interval '1 ms'
), silent as (
  select presence.agent, extract(epoch from clock.now - presence.seen_at)::float8 * 1000 as age_ms
  from presence
  cross join clock
  where presence.seen_at < clock.now - $6 * interval '1 ms'
    and clock.now >= clock.resumed_at + $6 * interval '1 ms'
    and presence.agent <> all ($1)
), fallen as (
  select agent.key as agent, ladder.level, silent.age_ms
  from silent
  join agent on agent.key = silent.agent
  cross join lateral (
    select case
      when age_ms >= $9 then 'inactive' when age_ms >= $8 then 'stale'
      when age_ms >= $7 then 'offline' else 'unhealthy'
    end as level
  ) as ladder
  where array_position('{healthy,degraded,unhealthy,offline,stale,inactive}', agent.liveness)
    < array_position('{healthy,degraded,unhealthy,offline,stale,inactive}', ladder.level)
), steps as (
  select * from risen union all select * from fallen
)
select
  clock.now,
  clock.now < clock.resumed_at + $6 * interval '1 ms' as suspended,
  (select coalesce(json_agg(json_build_object('agent', agent, 'level', level, 'ageMs', floor(age_ms))), '[]') from steps) as steps
from clock

-- name: lookAfter
-- What the actors of agents say that are connected to one server, and what of their jobs they have to be told: by index,
-- and only of those that have moved since the turn that is named, or hold something. Without a turn: it was removed.
select here.agent, agent.turn, (agent.state #>> '{agent,version}')::int4 as version, agent.standing,
  agent.state #>> '{agent,note}' as note, agent.state #>> '{agent,connection,id}' as connection,
  agent.state #> '{agent,held}' as held, agent.state #> '{agent,released}' as released, orders.jobs
from unnest($1::text[], $2::int8[]) as here (agent, turn)
left join agent on agent.kind = 'agent' and agent.key = here.agent
left join lateral (
  select json_agg(json_build_object('key', job.key, 'state', job.state::text)) as jobs
  from job
  where job.kind = 'job' and job.key = any (agent.holding) and job.agent = agent.key
    and job.status in ('offered', 'cancelling')
) as orders on cardinality(agent.holding) > 0
where agent.turn is null or agent.turn <> here.turn or cardinality(agent.holding) > 0

-- name: writeLog
-- A line that is sent again is the same line.
insert into job_log (team, job, attempt, seq, at, level, text)
select *
from unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::timestamptz[], $6::text[], $7::text[])
on conflict do nothing

-- name: lastLogged
-- The number of the last line of each attempt that was written; 0 where none was.
select asked.job, asked.attempt, coalesce(max(job_log.seq), 0) as seq
from unnest($2::text[], $3::int[]) as asked (job, attempt)
left join job_log on job_log.team = $1 and job_log.job = asked.job and job_log.attempt = asked.attempt
group by asked.job, asked.attempt

-- name: readLog
select attempt, seq, at, level, text
from job_log
where team = $1 and job = $2 and (attempt, seq) > ($3::int, $4::int)
order by attempt, seq
limit $5

-- name: readPlacement
select placement from team where id = $1

-- name: findJob
select key from job
where kind = 'job' and team = $1 and key = $2
