-- Which agents look into a folder, how many jobs of a team run at once, what becomes of used tokens, and what is old.

alter table team
  -- Jobs that run at once, at most; null: as many as there are slots for.
  add column running_max int check (running_max > 0);

alter table agent
  -- Is connected to some server.
  add column connected boolean not null default false,
  -- Its program has said that it ends when it is idle.
  add column ending boolean not null default false,
  -- Its roots, as folders are compared: see actors/place.ts.
  add column places text[] not null default '{}',
  -- The states that there are; its actor alone writes them.
  add constraint agent_liveness
    check (liveness in ('healthy', 'degraded', 'unhealthy', 'offline', 'stale', 'inactive')),
  add constraint agent_standing
    check (standing in ('active', 'pending_approval', 'paused', 'cordoned', 'draining', 'revoked'));

-- What their actors would write: they do with their next turn.
update agent
set connected = coalesce(jsonb_typeof(state #> '{agent,connection}') = 'object', false),
  places = array(
    select regexp_replace(lower(normalize(path)), '/*$', '/')
    from jsonb_array_elements_text(state #> '{agent,facts,roots}') as root
    cross join lateral (
      select case when root ~ '^([A-Za-z]:|\\\\)' then replace(root, '\', '/') else root end as path
    ) as portable
  );

-- What a program that ends had changed of what people want of it is a mark of its own from now on.
update agent
set state = jsonb_set(state, '{agent,standing}', state #> '{agent,standingBefore}'),
  standing = state #>> '{agent,standingBefore}'
where jsonb_typeof(state #> '{agent,standingBefore}') = 'string';

alter table job
  -- The folder that it looks into, as folders are compared; null where it looks into none.
  add column folder text,
  -- Of all roots of the team's agents the deepest that holds the folder, '' where none does: agents that look into it
  -- can have the job. Null: no matter where they look.
  add column place text;
create index job_folder on job (team) where folder is not null and bound_to is null and ended_at is null;
create index job_ended on job (ended_at) where ended_at is not null;
create index submission_job on submission (job);

alter table agent_token
  add column used_at timestamptz,
  -- Its agent was revoked or removed.
  add column voided_at timestamptz;
create index agent_token_used on agent_token (used_by) where used_by is not null;

-- As before, and a token is good for one registration: it may be repeated for a while by the same installation, because
-- answers get lost, but not once its agent was revoked or removed.
drop function redeem_agent_token(bytea, text, text, text, bytea, text);
create function redeem_agent_token(
  token_hash bytea, given_installation text, given_name text, new_agent text, key_hash bytea, key_shown text
)
returns table (verdict text, agent text, team text, name text, is_new boolean, redeemed_at timestamptz)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
  token agent_token;
  identity agent_identity;
  made boolean := false;
  free_name text := given_name;
  keys_max constant int := 100;
  repeat_for constant interval := '10 minutes';
begin
  select * into token from agent_token where hash = token_hash for update;
  if not found then
    return query select 'unknown', null, null, null, null::boolean, null::timestamptz; return;
  elsif token.installation <> given_installation then
    return query select 'used', null, null, null, null::boolean, null::timestamptz; return;
  elsif token.installation is not null then
    if token.voided_at is not null or coalesce(token.used_at, '-infinity') < clock_timestamp() - repeat_for then
      return query select 'spent', null, null, null, null::boolean, null::timestamptz; return;
    end if;
  elsif token.expires_at < clock_timestamp() then
    return query select 'expired', null, null, null, null::boolean, null::timestamptz; return;
  end if;

  for suffix in 2 .. 1000000 loop
    select * into identity from agent_identity as known
    where known.team = token.team and known.installation = given_installation;
    exit when found;
    insert into agent_identity (agent, team, installation, name)
    values (new_agent, token.team, given_installation, free_name)
    on conflict do nothing returning * into identity;
    made := found;
    exit when made;
    free_name := free_agent_name(token.team, given_name, suffix);
  end loop;

  update agent_token
  set used_by = identity.agent, installation = given_installation, used_at = coalesce(used_at, clock_timestamp())
  where id = token.id
  returning * into token;
  insert into agent_key (hash, agent, team, shown) values (key_hash, identity.agent, token.team, key_shown);
  delete from agent_key as old
  where old.agent = identity.agent and old.used_at is null
    and old.number <= (
      select recent.number from agent_key as recent where recent.agent = identity.agent
      order by recent.number desc offset keys_max limit 1
    );
  insert into presence (agent, team) values (identity.agent, token.team) on conflict do nothing;
  return query select 'ok', identity.agent, token.team, identity.name, made, token.used_at;
end
$$;

select guard_functions();

-- It runs with its owner's rights: for the server itself, before it knows whose team it is.
revoke execute on function redeem_agent_token from public;

-- As before, and:
--
--   heads       each with the root that its folder is asked for in; candidates look into it
--   candidates  each with its places, and what it has had lately
--   runningMax  what the team allows to run at once, and how many of its jobs do, counted up to that
create or replace function read_queue(
  p_team text, p_placed text[], p_attempt int[], p_wanted text[], p_claims text[],
  p_from text, p_bound_from text, p_classes int, p_each int
) returns json
language plpgsql stable security definer
set search_path from current
-- Everything is reached by index. A plan made while a table was small must not read all of it later.
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan set jit = off as $$
declare
  placement text;
  running_max int;
  running int;
  classes text[] := array(select pending_classes(p_team, p_from, '~', p_classes));
  bound text[] := '{}';
  in_flight text[];
  heads json;
  candidates json;
begin
  if p_team is distinct from current_team() then
    raise exception 'the queue of % was asked for in a transaction of %', p_team, current_team() using errcode = '42501';
  end if;
  select team.placement, team.running_max into placement, running_max from team where team.id = p_team;
  placement := coalesce(placement, 'offer');
  if running_max is not null then
    select count(*) into running
    from (
      select from job
      where job.team = p_team and job.status = any ('{offered,assigned,running,cancelling}')
      limit running_max
    ) as counted;
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
    'seq', head.seq, 'attempt', head.attempt, 'boundTo', head.bound_to, 'place', head.place,
    'passedOver', head.passed_over)) into heads
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
      select distinct on (head ->> 'class') head ->> 'boundTo' as bound_to, head ->> 'place' as place,
        array(select json_array_elements_text(head -> 'needs')) as needs
      from json_array_elements(heads) as head
    ), chosen as (
      select able.key from class
      cross join lateral (
        select agent.key from agent
        where agent.team = p_team and agent.open and agent.abilities @> class.needs
          and (class.place is null or exists (
            select from unnest(agent.places) as root where starts_with(class.place, root)
          ))
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
      'holding', agent.holding, 'abilities', agent.abilities, 'places', agent.places, 'liveness', agent.liveness,
      'success', agent.state -> 'agent' -> 'success', 'load', agent.state -> 'agent' -> 'load',
      'recent', coalesce(agent.state -> 'agent' -> 'recent', '0'), 'grantedAt', agent.granted_at,
      'shareTaken', agent.share_taken)) into candidates
    from chosen
    cross join lateral (
      select * from agent where agent.kind = 'agent' and agent.key = chosen.key offset 0
    ) as agent
    where agent.team = p_team and agent.open;
  end if;

  return json_build_object('placement', placement, 'runningMax', running_max, 'running', running,
    'inFlight', in_flight, 'classes', classes, 'bound', bound,
    'heads', coalesce(heads, '[]'), 'candidates', coalesce(candidates, '[]'));
end
$$;
