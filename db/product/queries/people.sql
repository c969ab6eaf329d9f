-- name: checkAppRole
-- The second wall holds only for a role without the means to walk around it.
select rolsuper or rolbypassrls as all_powerful,
  exists (select from pg_class where relowner = pg_roles.oid) as owns
from pg_roles
where rolname = $1::text

-- name: insertTeam
insert into team (id, name)
values ($1, $2)

-- name: listTeams
-- Of all the installation: asked for its admins only, and not under the application's role.
select id, name, placement, running_max, created_at
from team
where id > $1
order by id
limit $2

-- name: claimingTeams
-- Of all the installation, for the server itself. They are few: teams are made by hand.
select id
from team
where placement = 'strict-pull'

-- name: changeTeam
-- Nothing is a limit too, so $4 says whether $5 is meant.
update team
set name = coalesce($2, name),
  placement = coalesce($3, placement),
  running_max = case when $4 then $5 else running_max end
where id = $1
returning id, name, placement, running_max, created_at

-- name: insertUser
insert into "user" (id, team, email, name, role, system, password)
values ($1, $2, $3, $4, $5, $6, $7)

-- name: findUser
select "user".id, "user".team, email, "user".name, role, system, disabled, "user".created_at,
  team.name as team_name, team.placement as team_placement, team.running_max as team_running_max,
  team.created_at as team_created_at
from "user"
join team on team.id = "user".team
where "user".team = $1 and "user".id = $2

-- name: listUsers
select id, team, email, name, role, system, disabled, created_at
from "user"
where team = $1 and id > $2
order by id
limit $3

-- name: holdAdmins
-- Until the end of the transaction nobody else takes an admin away.
select pg_advisory_xact_lock(hashtext('product.admins'))

-- name: otherAdmins
select id
from "user"
where team = $1 and id <> $2 and role = 'admin' and not disabled
limit 1

-- name: isLastSystemAdmin
select is_last_system_admin($1) as last

-- name: changeUser
-- A new password and being disabled both void what was given out before.
update "user"
set name = coalesce($3, name),
  role = coalesce($4, role),
  disabled = coalesce($5, disabled),
  password = coalesce($6, password),
  valid_since = case when $6 is not null or $5 then clock_timestamp() else valid_since end
where team = $1 and id = $2

-- name: improvePassword
-- The same password in a better hash; not if it was changed meanwhile.
update "user"
set password = $4
where team = $1 and id = $2 and password = $3

-- name: findPassword
select id, team, password
from find_password($1)

-- name: countTries
select count_tries($1, $2, $3) as wait_ms

-- name: insertSession
insert into session (id, hash, team, user_id, ip, user_agent, expires_at)
values ($1, $2, $3, $4, $5, $6, now() + $7::float8 * interval '1 ms')

-- name: findSession
select id, team, user_id, role, system, expires_at, renewed
from find_session($1, $2)

-- name: holdSession
-- From here on nothing more is made with it.
select id
from session
where team = $1 and id = $2
for update

-- name: endSession
delete from session
where team = $1 and id = $2

-- name: endSessions
delete from session
where team = $1 and user_id = $2
returning id

-- name: insertToken
-- What makes a token may not live shorter than it: $8 is the maker's own end.
insert into token (id, hash, team, user_id, name, prefix, scopes, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, least($8, now() + $9::float8 * interval '1 day'))
returning id, name, prefix, scopes, created_at, expires_at, last_used_at

-- name: findToken
select id, team, user_id, role, system, expires_at, scopes
from find_token($1)

-- name: listTokens
select id, name, prefix, scopes, created_at, expires_at, last_used_at
from token
where team = $1 and user_id = $2 and id > $3
order by id
limit $4

-- name: holdToken
-- From here on nothing more is made with it.
select id
from token
where team = $1 and user_id = $2 and id = $3
for update

-- name: removeToken
delete from token
where team = $1 and user_id = $2 and id = $3
returning id

-- name: insertJwtKey
insert into jwt_key (id, public_key, expires_at)
values ($1, $2, now() + $3::float8 * interval '1 ms')
returning created_at

-- name: findJwt
select public_key, team, role, system, scopes, valid_since, now
from find_jwt($1, $2, $3)

-- name: insertJwtGrant
-- For a session ($4) or an API token ($5), which it does not outlive: $8 is their end.
with made as (
  insert into jwt_grant (id, team, user_id, session, token, scopes, expires_at)
  values ($1, $2, $3, $4, $5, $6, least(now() + $7::float8 * interval '1 ms', $8))
  returning id, team, expires_at
), refresh as (
  insert into jwt_refresh (hash, jwt_grant, team)
  select $9, id, team
  from made
)
select expires_at, clock_timestamp() as now
from made

-- name: refreshJwt
select verdict, id, team, user_id, ends_at, expires_at, now
from refresh_jwt($1, $2, $3)

-- name: endJwtGrant
delete from jwt_grant
where team = $1 and id = $2

-- name: endJwtGrantsOf
-- Of a session ($2) or an API token ($3).
delete from jwt_grant
where team = $1 and (session = $2 or token = $3)
returning id

-- name: endJwtGrantsOfUser
delete from jwt_grant
where team = $1 and user_id = $2

-- name: offerWelcomeLink
-- Only while there is nobody. A new link voids the one before.
insert into welcome_link (hash, expires_at)
select $1, now() + $2::float8 * interval '1 ms'
where not exists (select from "user")
on conflict (only_one) do update set hash = excluded.hash, expires_at = excluded.expires_at
returning expires_at

-- name: isWelcome
select exists (
  select from welcome_link where hash = $1 and expires_at > now()
) as welcome

-- name: takeWelcomeLink
select take_welcome_link($1) as taken

-- name: tidyPeople
-- What has ended by itself. An expired token stays in its owner's list for a month.
with old_session as (
  delete from session where expires_at < now()
), old_token as (
  delete from token where expires_at < now() - interval '30 days'
), old_grant as (
  delete from jwt_grant where expires_at < now()
), old_key as (
  delete from jwt_key where expires_at < now()
), old_link as (
  delete from welcome_link where expires_at < now()
)
delete from sign_in_try
where since < now() - interval '1 hour'
