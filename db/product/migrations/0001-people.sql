-- Teams, users, and how they prove who they are.
--
-- Two walls stand between teams: every query names its team, and the role under which the server answers people and
-- agents sees the rows of one team only. That role owns nothing. The owner of the tables is exempt by a policy that
-- says so: the runtime's groups span teams.

-- Roles belong to the whole server, not to this database, so another database may have made it already.
do $$
begin
  if not exists (select from pg_roles where rolname = 'safelight_app') then
    create role safelight_app nologin;
  end if;
exception
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise exception 'the role safelight_app is missing, and % may not create it: let an administrator run "create role safelight_app nologin"',
      current_user;
end
$$;

-- To become the role one has to be its member, unless one may do anything.
do $$
begin
  if not pg_has_role(current_user, 'safelight_app', 'member') then
    execute format('grant safelight_app to %I', current_user);
  end if;
exception
  when insufficient_privilege then
    raise exception '% may not become safelight_app: let an administrator run "grant safelight_app to %"',
      current_user, current_user;
end
$$;

do $$
begin
  execute format('grant usage on schema %I to safelight_app', current_schema());
end
$$;

-- The team that this transaction serves; null outside of one.
create function current_team() returns text language sql stable as $$
  select nullif(current_setting('runtime.tenant', true), '')
$$;

-- Puts the wall around a table: the application reads and writes rows of its team, the owner all.
-- Every table of the product is guarded, or has row security without a policy for the application.
create function guard_table(guarded regclass, team_column text default 'team') returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security, force row level security', guarded);
  execute format('create policy owner on %s to %I using (true) with check (true)', guarded, current_user);
  execute format('create policy team on %s to safelight_app using (%I = (select current_team())) with check (%I = (select current_team()))',
    guarded, team_column, team_column);
  execute format('grant select, insert, update, delete on %s to safelight_app', guarded);
end
$$;

-- A table that no team owns, and that only functions and the server itself use.
create function hide_table(hidden regclass) returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security, force row level security', hidden);
  execute format('create policy owner on %s to %I using (true) with check (true)', hidden, current_user);
end
$$;

-- What runs with its owner's rights is not for everybody, but for whom it is granted to. Postgres would let anybody call
-- it, so a migration that makes such functions ends with this.
create function guard_functions() returns void language plpgsql as $$
declare
  routine regprocedure;
begin
  for routine in
    select p.oid::regprocedure from pg_proc as p where p.pronamespace = current_schema()::regnamespace and p.prosecdef
  loop
    execute format('revoke all on function %s from public', routine);
  end loop;
end
$$;

create table team (
  id text collate "C" primary key,
  name text not null,
  -- How its jobs come to agents: offered by the coordinator, or claimed by agents.
  placement text not null default 'offer' check (placement in ('offer', 'strict-pull')),
  created_at timestamptz not null default now()
);
select guard_table('team', 'id');

create table "user" (
  id text collate "C" primary key,
  team text collate "C" not null references team,
  -- In lower case. One for the whole installation: at sign-in nobody knows the team yet.
  email text not null unique check (email = lower(email)),
  name text not null,
  role text not null check (role in ('viewer', 'operator', 'admin')),
  -- May make teams and see what belongs to none.
  system boolean not null default false,
  disabled boolean not null default false,
  -- Argon2id with its parameters, as PHC strings have it.
  password text not null,
  -- JWTs made before are void.
  valid_since timestamptz not null default now(),
  created_at timestamptz not null default now(),
  unique (team, id)
);
select guard_table('"user"');

-- Signed-in browsers. Of the secret only its SHA-256 is known here.
create table session (
  id text collate "C" primary key,
  hash bytea not null unique,
  team text collate "C" not null,
  user_id text collate "C" not null,
  ip text,
  user_agent text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  foreign key (team, user_id) references "user" (team, id) on delete cascade
);
create index session_of_user on session (user_id);
create index session_end on session (expires_at);
select guard_table('session');

-- API tokens of users.
create table token (
  id text collate "C" primary key,
  hash bytea not null unique,
  team text collate "C" not null,
  user_id text collate "C" not null,
  name text not null,
  prefix text not null,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  -- To the minute.
  last_used_at timestamptz,
  foreign key (team, user_id) references "user" (team, id) on delete cascade
);
create index token_of_user on token (user_id, id);
select guard_table('token');

-- What JWTs are checked with. Each server process makes its own pair; the private half never leaves its memory.
create table jwt_key (
  id text collate "C" primary key,
  public_key jsonb not null,
  created_at timestamptz not null default now(),
  -- When the last JWT that was signed with it has expired.
  expires_at timestamptz not null
);
select hide_table('jwt_key');

-- The first start's one-time link; at most one.
create table welcome_link (
  only_one boolean primary key default true check (only_one),
  hash bytea not null,
  expires_at timestamptz not null
);
select hide_table('welcome_link');

-- Tries to sign in, counted per address and per e-mail by all servers together. Lost in a crash, which is fine.
create unlogged table sign_in_try (
  key text collate "C" primary key,
  since timestamptz not null,
  count int not null
);
create index sign_in_try_since on sign_in_try (since);
select hide_table('sign_in_try');

-- Look-ups before the team is known: one row by a secret's hash, nothing else.

-- Who is signed in with that session. It lives on from its use, but is written once a day at most.
create function find_session(p_hash bytea, p_keep_ms float8)
returns table (id text, team text, user_id text, role text, system boolean, expires_at timestamptz, renewed boolean)
language sql security definer set search_path = product, pg_temp as $$
  with renewed as (
    update session set expires_at = now() + p_keep_ms * interval '1 ms'
    where hash = p_hash and expires_at > now() and expires_at < now() + p_keep_ms * interval '1 ms' - interval '1 day'
    returning id, expires_at
  )
  select session.id, session.team, session.user_id, "user".role, "user".system,
    coalesce(renewed.expires_at, session.expires_at), renewed.id is not null
  from session
  join "user" on "user".id = session.user_id
  left join renewed on renewed.id = session.id
  where session.hash = p_hash and session.expires_at > now() and not "user".disabled
$$;

-- Whose API token it is.
create function find_token(p_hash bytea)
returns table (id text, team text, user_id text, role text, system boolean, expires_at timestamptz, scopes text[])
language sql security definer set search_path = product, pg_temp as $$
  with used as (
    update token set last_used_at = now()
    where hash = p_hash and (last_used_at is null or last_used_at < now() - interval '1 minute')
  )
  select token.id, token.team, token.user_id, "user".role, "user".system, token.expires_at, token.scopes
  from token
  join "user" on "user".id = token.user_id
  where token.hash = p_hash and token.expires_at > now() and not "user".disabled
$$;

-- What is needed to check a JWT: the key it names, and what its user may do now. One that was made with an API token
-- is worth nothing without it.
create function find_jwt(p_key text, p_user text, p_token text)
returns table (public_key jsonb, team text, role text, system boolean, valid_since timestamptz, now timestamptz)
language sql stable security definer set search_path = product, pg_temp as $$
  select jwt_key.public_key, "user".team, "user".role, "user".system, "user".valid_since, now()
  from jwt_key, "user"
  where jwt_key.id = p_key and jwt_key.expires_at > now()
    and "user".id = p_user and not "user".disabled
    and (p_token is null or exists (
      select from token where token.id = p_token and token.user_id = p_user and token.expires_at > now()))
$$;

-- Against what a password is checked.
create function find_password(p_email text)
returns table (id text, team text, password text)
language sql stable security definer set search_path = product, pg_temp as $$
  select id, team, password from "user" where email = p_email and not disabled
$$;

-- Takes the one-time link, where it is the one that was given out and nobody else was faster.
create function take_welcome_link(p_hash bytea) returns boolean
language plpgsql security definer set search_path = product, pg_temp as $$
begin
  delete from welcome_link where hash = p_hash and expires_at > now();
  return found and not exists (select from "user");
end
$$;

-- Whether nobody would be an admin of the installation without this one.
create function is_last_system_admin(p_user text) returns boolean
language sql stable security definer set search_path = product, pg_temp as $$
  select exists (select from "user" where id = p_user and system and not disabled)
    and not exists (select from "user" where id <> p_user and system and not disabled)
$$;

-- Counts a try to sign in under each key, and says how long to wait where one of them has had too many. Tries beyond
-- the limit are not counted, so the way is free again when a window ends.
create function count_tries(p_keys text[], p_max int, p_window_ms float8) returns float8
language plpgsql security definer set search_path = product, pg_temp as $$
declare
  spent interval := p_window_ms * interval '1 ms';
  wait_ms float8;
begin
  insert into sign_in_try (key, since, count)
  select key, now(), 0 from unnest(p_keys) as key order by key
  on conflict (key) do update set
    since = case when sign_in_try.since <= now() - spent then now() else sign_in_try.since end,
    count = case when sign_in_try.since <= now() - spent then 0 else sign_in_try.count end;
  select max(extract(epoch from since + spent - now()) * 1000) into wait_ms
  from sign_in_try where key = any (p_keys) and count >= p_max;
  if wait_ms is null then
    update sign_in_try set count = count + 1 where key = any (p_keys);
  end if;
  return coalesce(wait_ms, 0);
end
$$;

select guard_functions();
grant execute on function take_welcome_link, is_last_system_admin to safelight_app;
