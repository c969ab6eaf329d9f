-- Agents as the border knows them: what they register and sign in with, when they were last heard of, and what their
-- jobs have logged. What an agent *is* stands in its actor.

-- Exchanged for a key, by one installation. It may ask again with the same token, because answers get lost.
create table agent_token (
  id text collate "C" primary key,
  team text collate "C" not null,
  name text not null,
  hash bytea not null unique,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  used_by text collate "C",
  installation text collate "C"
);
create index agent_token_team on agent_token (team, id);
select guard_table('agent_token');

-- Which agent an installation is. Two teams may have the same installation, as two agents. Names are unique in a team,
-- so that people can tell agents apart.
create table agent_identity (
  agent text collate "C" primary key,
  team text collate "C" not null,
  installation text collate "C" not null,
  name text not null,
  unique (team, installation),
  unique (team, name)
);
select guard_table('agent_identity');

-- Numbered, because the first use of a key makes the older ones of its agent void.
create table agent_key (
  hash bytea primary key,
  number bigint generated always as identity,
  agent text collate "C" not null references agent_identity on delete cascade,
  team text collate "C" not null,
  shown text not null,
  created_at timestamptz not null default clock_timestamp(),
  used_at timestamptz
);
create index agent_key_agent on agent_key (agent, number);
select guard_table('agent_key');

-- When each agent was last heard of. Rows are made at registration and only updated afterwards; nothing that changes is
-- indexed, and there is room in the page: updates stay on it.
create table presence (
  agent text collate "C" primary key references agent_identity on delete cascade,
  team text collate "C" not null,
  seen_at timestamptz not null default clock_timestamp(),
  load jsonb,
  -- Checks that failed in a row.
  failures int not null default 0,
  server text
) with (fillfactor = 40, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);
select guard_table('presence');

-- One row: when anybody last looked at who is silent. A gap means that the database or every server was away, and then
-- silence says nothing about agents until they have had time to be heard again.
create table presence_clock (
  id boolean primary key default true check (id),
  ran_at timestamptz not null default clock_timestamp(),
  resumed_at timestamptz not null default '-infinity'
) with (fillfactor = 10);
insert into presence_clock default values;
select hide_table('presence_clock');

-- What attempts have logged, by the number that the agent gave each frame.
create table job_log (
  team text collate "C" not null,
  job text collate "C" not null,
  attempt int not null,
  seq int not null,
  at timestamptz not null,
  level text not null,
  text text not null,
  primary key (job, attempt, seq)
);
select guard_table('job_log');

-- Events too large for a notification, for a moment.
create unlogged table parcel (
  id bigint generated always as identity primary key,
  body text not null,
  at timestamptz not null default clock_timestamp()
);
select hide_table('parcel');

-- Exchanges a token for a key: one transaction, safe to repeat and to run many times at once. The answer is a verdict:
-- 'ok', or why not. A name that is taken gets a number after it. An installation that is known keeps its agent and its name.
create function redeem_agent_token(
  token_hash bytea, given_installation text, given_name text, new_agent text, key_hash bytea, key_shown text
)
returns table (verdict text, agent text, team text, name text, is_new boolean)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
  token agent_token;
  identity agent_identity;
  made boolean := false;
  free_name text := given_name;
  keys_max constant int := 100;
begin
  select * into token from agent_token where hash = token_hash for update;
  if not found then
    return query select 'unknown', null, null, null, null::boolean; return;
  elsif token.expires_at < clock_timestamp() then
    return query select 'expired', null, null, null, null::boolean; return;
  elsif token.installation <> given_installation then
    return query select 'used', null, null, null, null::boolean; return;
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

  update agent_token set used_by = identity.agent, installation = given_installation where id = token.id;
  insert into agent_key (hash, agent, team, shown) values (key_hash, identity.agent, token.team, key_shown);
  delete from agent_key as old
  where old.agent = identity.agent and old.used_at is null
    and old.number <= (
      select recent.number from agent_key as recent where recent.agent = identity.agent
      order by recent.number desc offset keys_max limit 1
    );
  insert into presence (agent, team) values (identity.agent, token.team) on conflict do nothing;
  return query select 'ok', identity.agent, token.team, identity.name, made;
end
$$;

-- A name with the first number from `start` on that nobody in the team has, as far as this statement sees.
create function free_agent_name(given_team text, base text, start int) returns text
language sql stable set search_path from current as $$
  select candidate.name
  from (
    select left(base, 99 - length(number::text)) || '-' || number as name, number
    from generate_series(start, start + (select count(*)::int from agent_identity where team = given_team)) as number
  ) as candidate
  where not exists (select from agent_identity as taken where taken.team = given_team and taken.name = candidate.name)
  order by candidate.number
  limit 1
$$;

-- Whose key it is. Its first use makes the older keys of its agent void.
create function use_agent_key(key_hash bytea) returns table (agent text, team text, installation text)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
  key agent_key;
begin
  select * into key from agent_key where hash = key_hash;
  if not found then return; end if;
  if key.used_at is null then
    update agent_key set used_at = clock_timestamp() where hash = key_hash and used_at is null;
    delete from agent_key as old where old.agent = key.agent and old.number < key.number;
  end if;
  return query
    select identity.agent, identity.team, identity.installation from agent_identity as identity
    where identity.agent = key.agent;
end
$$;

select guard_functions();

-- They run with their owner's rights: for the server itself, before it knows whose team it is.
revoke execute on function redeem_agent_token, use_agent_key from public;
