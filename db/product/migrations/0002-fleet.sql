-- Jobs and agents: the states of their actors, with columns to find them by; results; and who has submitted what.

-- The role that the application works in; made by whoever comes first.
do $$
begin
  if not exists (select from pg_roles where rolname = 'safelight_app') then
    create role safelight_app nologin;
  end if;
exception
  when duplicate_object or unique_violation then null;
end
$$;

-- A job's row is its actor's memory. `state` is the actor's; what the job's state is called stands in `status`.
create table job (
  like runtime.actor including all,
  team text collate "C" not null,
  status text collate "C" not null,
  -- Is pending. By a column of its own, so that no other index looks as good to the planner as the queue's.
  in_queue boolean not null,
  -- Jobs of one class can go to the same agents; '~' and an agent for those bound to one.
  class text collate "C" not null,
  needs text[] not null,
  -- The place in the queue: the lower, the earlier; `seq` decides between equals.
  rank bigint not null,
  seq bigint not null,
  tool text collate "C" not null,
  -- Who has it, or had it last.
  agent text collate "C",
  bound_to text collate "C",
  attempt int not null,
  passed_over jsonb not null,
  ended_at timestamptz
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
create index job_queue on job (team, class, rank, seq) where in_queue;
create index job_team on job (team, seq);
create index job_status on job (team, status, seq);
create index job_agent on job (team, agent, seq) where agent is not null;
create index job_bound on job (bound_to) where ended_at is null and bound_to is not null;
select guard_table('job');
revoke insert, update, delete on job from safelight_app;

create table agent (
  like runtime.actor including all,
  team text collate "C" not null,
  name text not null,
  liveness text collate "C" not null,
  standing text collate "C" not null,
  -- Has room, and may be given work.
  open boolean not null,
  slots int not null,
  -- The jobs that have its slots.
  holding text[] not null,
  -- What jobs may ask for: capabilities, with and without their version, and tags.
  abilities text[] not null,
  capabilities text[] not null,
  tags text[] not null,
  score float8 not null,
  granted_at float8 not null
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
create index agent_team on agent (team, key);
-- The best first; among equals the one that has rested longest.
create index agent_open on agent (team, score desc, granted_at) where open;
select guard_table('agent');
revoke insert, update, delete on agent from safelight_app;

-- What attempts have found, where it is too large to ride with the job: stored in the commit that ends the job.
create table large_result (
  job text collate "C" primary key,
  team text collate "C" not null,
  attempt int not null,
  agent text collate "C" not null,
  tool text collate "C" not null,
  outcome text collate "C" not null check (outcome in ('completed', 'no_change', 'partial')),
  finished_at timestamptz not null,
  output json not null
);
select guard_table('large_result');

-- Every result, wherever it lies. A job has at most one.
create view job_result with (security_invoker) as
select job, team, attempt, agent, tool, outcome, finished_at, output from large_result
union all
select key, team, (state #>> '{job,result,attempt}')::int, state #>> '{job,result,agent}', tool, status, ended_at,
  (state #> '{job,result,output}')::json
from job
where kind = 'job' and state #> '{job,result,output}' is not null;
grant select on job_result to safelight_app;

create sequence job_seq;
grant usage on sequence job_seq to safelight_app;

-- What a client calls its submission, so that sending it again does nothing twice. Kept for ever.
create table submission (
  team text collate "C" not null,
  key text collate "C" not null,
  -- Of the body: the same key with another one is a mistake.
  hash bytea not null,
  job text collate "C" not null,
  seq bigint not null,
  at timestamptz not null,
  primary key (team, key)
);
select guard_table('submission');

-- The job that a submission makes, or has made: its id, and its place among all. Whoever was interrupted after this goes on
-- with the same id. `same` is false where the key belongs to another body.
create function new_submission(p_team text, p_key text, p_hash bytea, p_job text)
returns table (job text, seq bigint, at timestamptz, fresh boolean, same boolean)
language plpgsql set search_path from current as $$
#variable_conflict use_column
declare
  number bigint;
  known submission;
begin
  if p_key is not null then
    select * into known from submission where team = p_team and key = p_key;
    if found then
      return query select known.job, known.seq, known.at, false, known.hash = p_hash;
      return;
    end if;
  end if;
  number := nextval('job_seq');
  if p_key is null then
    return query select p_job, number, clock_timestamp(), true, true;
    return;
  end if;
  insert into submission (team, key, hash, job, seq, at)
  values (p_team, p_key, p_hash, p_job, number, clock_timestamp())
  on conflict do nothing
  returning * into known;
  if found then
    return query select known.job, known.seq, known.at, true, true;
    return;
  end if;
  -- Somebody was faster: the insert has waited for that to be committed.
  select * into known from submission where team = p_team and key = p_key;
  return query select known.job, known.seq, known.at, false, known.hash = p_hash;
end
$$;

-- The classes of pending jobs from one to below another, in their order: steps from each to the next by index.
create function pending_classes(p_team text, p_from text, p_until text, p_max int) returns setof text
language plpgsql stable
set search_path from current
set enable_seqscan = off set enable_bitmapscan = off set plan_cache_mode = force_generic_plan as $$
declare
  next_class text;
begin
  select job.class into next_class from job
  where job.team = p_team and job.in_queue and job.class >= p_from and job.class < p_until
  order by job.class limit 1;
  for step in 1 .. p_max loop
    exit when next_class is null;
    return next next_class;
    select job.class into next_class from job
    where job.team = p_team and job.in_queue and job.class > next_class and job.class < p_until
    order by job.class limit 1;
  end loop;
end
$$;

-- All that a coordinator decides on, and never more than the limits say, however long the queue is:
--
--   inFlight    of the jobs it has given away (p_placed, p_attempt): those that have not heard of it yet
--   classes     up to p_classes classes of pending jobs that are bound to no agent, from p_from on
--   bound       the same of those that are, from p_bound_from on; none where that is null
--   heads       the first p_each jobs of each of these classes, and of those bound to p_wanted
--   candidates  the best p_each agents with room for each class among them, and the agents that heads are bound to
--   placement   how the team's jobs come to agents; where they claim, only p_claims are candidates
--
-- It runs with its owner's rights, because the policy for the application would let the planner take the index on teams where
-- it must take the one on keys; so it looks itself that the team is the transaction's own. `offset 0` keeps the planner from
-- doing the same on its own account.
create function read_queue(
  p_team text, p_placed text[], p_attempt int[], p_wanted text[], p_claims text[],
  p_from text, p_bound_from text, p_classes int, p_each int
) returns json
language plpgsql stable security definer
set search_path from current
-- Everything is reached by index. A plan made while a table was small must not read all of it later.
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan set jit = off as $$
declare
  placement text := coalesce((select team.placement from team where team.id = p_team), 'offer');
  classes text[] := array(select pending_classes(p_team, p_from, '~', p_classes));
  bound text[] := '{}';
  in_flight text[];
  heads json;
  candidates json;
begin
  if p_team is distinct from current_team() then
    raise exception 'the queue of % was asked for in a transaction of %', p_team, current_team() using errcode = '42501';
  end if;
  if p_bound_from is not null then
    bound := array(select pending_classes(p_team, p_bound_from, '~~', p_classes));
  end if;

  select coalesce(array_agg(job.key), '{}') into in_flight
  from unnest(p_placed, p_attempt) as placed (key, attempt)
  cross join lateral (
    select * from job where job.kind = 'job' and job.key = placed.key offset 0
  ) as job
  where job.team = p_team and job.in_queue and job.attempt < placed.attempt;

  select json_agg(json_build_object('job', head.key, 'class', head.class, 'needs', head.needs, 'rank', head.rank,
    'seq', head.seq, 'attempt', head.attempt, 'boundTo', head.bound_to, 'passedOver', head.passed_over)) into heads
  from (
    select unnest(classes || bound) as class
    union
    select '~' || agent from unnest(p_wanted) as agent
  ) as chosen
  cross join lateral (
    select * from job
    where job.team = p_team and job.in_queue and job.class = chosen.class
      and job.key <> all (in_flight)
    order by job.rank, job.seq
    limit p_each
  ) as head;

  if heads is not null then
    with class as (
      select distinct on (head ->> 'class') head ->> 'boundTo' as bound_to,
        array(select json_array_elements_text(head -> 'needs')) as needs
      from json_array_elements(heads) as head
    ), chosen as (
      select able.key from class
      cross join lateral (
        select agent.key from agent
        where agent.team = p_team and agent.open and agent.abilities @> class.needs
          and (placement = 'offer' or agent.key = any (p_claims))
        order by agent.score desc, agent.granted_at
        limit p_each
      ) as able
      where class.bound_to is null
      union
      select class.bound_to from class
      where class.bound_to is not null and (placement = 'offer' or class.bound_to = any (p_claims))
    )
    select json_agg(json_build_object('agent', agent.key, 'name', agent.name, 'slots', agent.slots,
      'holding', agent.holding, 'abilities', agent.abilities, 'liveness', agent.liveness,
      'success', agent.state -> 'agent' -> 'success', 'load', agent.state -> 'agent' -> 'load',
      'grantedAt', agent.granted_at)) into candidates
    from chosen
    cross join lateral (
      select * from agent where agent.kind = 'agent' and agent.key = chosen.key offset 0
    ) as agent
    where agent.team = p_team and agent.open;
  end if;

  return json_build_object('placement', placement, 'inFlight', in_flight, 'classes', classes, 'bound', bound,
    'heads', coalesce(heads, '[]'), 'candidates', coalesce(candidates, '[]'));
end
$$;
revoke execute on function read_queue from public;
grant execute on function read_queue to safelight_app;
