-- name: newSubmission
select job, seq, at, fresh, same from new_submission($1, $2, $3, $4);

-- name: countWaiting
-- Jobs that wait for an agent or for their time, but for some, counted up to a limit.
select count(*)::int4 as waiting
from (
  select from product.job
  where team = $1 and status = any ('{scheduled,pending,retry_wait}') and key <> all ($3)
  limit $2
) as counted;

-- name: deepestRoot
-- Of all roots of a team's agents the deepest that holds a folder: one that begins another sorts before it.
select coalesce(max(root.place collate "C"), '') as place
from product.agent
cross join lateral unnest(agent.places) as root (place)
where agent.team = $1 and agent.standing <> 'revoked' and starts_with($2, root.place);

-- name: readMisplaced
-- Unfinished jobs with a folder for which there is a deeper root than they know of.
with root as materialized (
  select distinct unnest(places) as place
  from product.agent
  where team = $1 and standing <> 'revoked'
)
select job.key as job, deepest.place
from product.job
cross join lateral (
  select max(root.place collate "C") as place from root where starts_with(job.folder, root.place)
) as deepest
where job.team = $1 and job.folder is not null and job.bound_to is null and job.ended_at is null
  and deepest.place > job.place collate "C"
limit $2;

-- name: readTarget
-- The agent that a job is to be bound to. Where it looks is only known once it was there.
select name, standing, coalesce(jsonb_typeof(state #> '{agent,removal}') = 'object', false) as leaving,
  places, state #> '{agent,facts,roots}' as roots,
  coalesce(jsonb_typeof(state #> '{agent,boot}') = 'string', false) as known
from product.agent
where kind = 'agent' and key = $2 and team = $1;

-- name: readQueue
select product.read_queue($1, $2, $3, $4, $5, $6, $7, $8, $9) as queue;

-- name: readCandidates
-- Who has room for a job with these needs, the best first.
select key as agent, name, slots, holding, abilities, liveness, granted_at,
  state -> 'agent' -> 'success' as success, state -> 'agent' -> 'load' as load,
  coalesce((state #>> '{agent,recent}')::float8, 0) as recent, clock_timestamp() as now
from product.agent
where team = $1 and open and abilities @> $2
order by score desc, granted_at
limit $3;

-- name: insertResult
-- A job that has a result keeps it: a second one is none.
insert into product.large_result (job, team, attempt, agent, tool, outcome, finished_at, output)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (job) do nothing;

-- name: readExpired
-- Of all teams: jobs that have ended so long ago, the oldest first.
select key as job
from job
where ended_at < clock_timestamp() - $1::float8 * interval '1 ms'
order by ended_at
limit $2;

-- name: forgetLog
with gone as (
  delete from job_log
  where (job, attempt, seq) in (
    select job, attempt, seq from job_log where job = any ($1) limit $2
  )
  returning 1
)
select count(*)::int4 as deleted from gone;

-- name: forgetResults
delete from large_result
where job = any ($1);

-- name: forgetSubmissions
-- Whoever sends the same again after that has a new job.
delete from submission
where job = any ($1);

-- name: countBoundJobs
select count(*)::int4 as unfinished
from (
  select from product.job
  where bound_to = $1 and ended_at is null and team = $2
  limit 100
) as counted;

-- name: renameAgent
-- Names are unique in a team: a taken one violates a constraint, also where two take it at once.
update product.agent_identity
set name = $2
where agent = $1;

-- name: removeIdentity
-- Its keys and its presence go with it, and what it was registered with is void.
with voided as (
  update product.agent_token
  set voided_at = clock_timestamp()
  where used_by = $1 and voided_at is null
)
delete from product.agent_identity
where agent = $1;
