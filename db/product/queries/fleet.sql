-- name: newSubmission
select job, seq, at, fresh, same from new_submission($1, $2, $3, $4);

-- name: countWaiting
-- Jobs that wait for an agent or for their time, counted up to a limit.
select count(*)::int4 as waiting
from (
  select from product.job
  where team = $1 and status = any ('{scheduled,pending,retry_wait}')
  limit $2
) as counted;

-- name: readQueue
select product.read_queue($1, $2, $3, $4, $5, $6, $7, $8, $9) as queue;

-- name: readCandidates
-- Who has room for a job with these needs, the best first.
select key as agent, name, slots, holding, abilities, liveness, granted_at,
  state -> 'agent' -> 'success' as success, state -> 'agent' -> 'load' as load
from product.agent
where team = $1 and open and abilities @> $2
order by score desc, granted_at
limit $3;

-- name: insertResult
-- A job that has a result keeps it: a second one is none.
insert into product.large_result (job, team, attempt, agent, tool, outcome, finished_at, output)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (job) do nothing;

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
-- Its keys and its presence go with it.
delete from product.agent_identity
where agent = $1;
