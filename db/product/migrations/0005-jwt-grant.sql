-- What a JWT hangs on: the session or the API token that it was made with. A JWT counts as long as this row is there, so
-- what is made void is void at its next use, on every server, without a list of what does not count any more.
create table jwt_grant (
  id text collate "C" primary key,
  team text collate "C" not null,
  user_id text collate "C" not null,
  session text collate "C" references session on delete cascade,
  token text collate "C" references token on delete cascade,
  -- Of the API token; null: all that its user may.
  scopes text[],
  created_at timestamptz not null default clock_timestamp(),
  -- When nobody may ask for the next JWT any more. Later than the end of any that was given out.
  expires_at timestamptz not null,
  check (num_nonnulls(session, token) = 1),
  foreign key (team, user_id) references "user" (team, id) on delete cascade
);
create index jwt_grant_session on jwt_grant (session);
create index jwt_grant_token on jwt_grant (token);
create index jwt_grant_user on jwt_grant (user_id);
create index jwt_grant_end on jwt_grant (expires_at);
select guard_table('jwt_grant');

-- What the next JWT is asked for with. Each is good once; those that were used are kept, so that a second use shows.
create table jwt_refresh (
  hash bytea primary key,
  jwt_grant text collate "C" not null references jwt_grant on delete cascade,
  team text collate "C" not null,
  used boolean not null default false
);
create index jwt_refresh_grant on jwt_refresh (jwt_grant);
select guard_table('jwt_refresh');

-- What is needed to check a JWT: the key it names, and what its user may do now.
drop function find_jwt(text, text, text);
create function find_jwt(p_key text, p_user text, p_grant text)
returns table (public_key jsonb, team text, role text, system boolean, scopes text[], valid_since timestamptz, now timestamptz)
language sql stable security definer set search_path = product, pg_temp as $$
  select jwt_key.public_key, "user".team, "user".role, "user".system, jwt_grant.scopes, "user".valid_since, now()
  from jwt_key, jwt_grant
  join "user" on "user".id = jwt_grant.user_id
  left join session on session.id = jwt_grant.session
  left join token on token.id = jwt_grant.token
  where jwt_key.id = p_key and jwt_key.expires_at > now()
    and jwt_grant.id = p_grant and jwt_grant.user_id = p_user and not "user".disabled
    and coalesce(session.expires_at, token.expires_at) > now()
$$;

-- Exchanges what came with the JWT before. A second use of the same shows that two have it, one of them a thief, and
-- nobody knows which: all that hangs on the grant is void. The verdict is 'next' or 'used'; no row where it is worth nothing.
create function refresh_jwt(p_hash bytea, p_next bytea, p_keep_ms float8)
returns table (verdict text, id text, team text, user_id text, ends_at timestamptz, expires_at timestamptz, now timestamptz)
language plpgsql security definer set search_path = product, pg_temp as $$
#variable_conflict use_column
declare
  held record;
begin
  select jwt_grant.id, jwt_grant.team, jwt_grant.user_id, coalesce(session.expires_at, token.expires_at) as ends_at,
    least(now() + p_keep_ms * interval '1 ms', coalesce(session.expires_at, token.expires_at)) as kept_until
  into held
  from jwt_refresh
  join jwt_grant on jwt_grant.id = jwt_refresh.jwt_grant
  join "user" on "user".id = jwt_grant.user_id
  left join session on session.id = jwt_grant.session
  left join token on token.id = jwt_grant.token
  where jwt_refresh.hash = p_hash and jwt_grant.expires_at > now()
    and not "user".disabled and jwt_grant.created_at >= "user".valid_since
    and coalesce(session.expires_at, token.expires_at) > now();
  if not found then return; end if;

  update jwt_refresh set used = true where hash = p_hash and not used;
  if not found then
    delete from jwt_grant where id = held.id;
    return query select 'used', held.id, held.team, held.user_id, held.ends_at, held.kept_until, now();
    return;
  end if;
  insert into jwt_refresh (hash, jwt_grant, team) values (p_next, held.id, held.team);
  update jwt_grant set expires_at = held.kept_until where id = held.id;
  return query select 'next', held.id, held.team, held.user_id, held.ends_at, held.kept_until, now();
end
$$;

select guard_functions();
