-- name: forgetAnswers
delete from answered where at < clock_timestamp() - $1 * interval '1 ms'

-- name: forgetLetters
-- Answers to nodes that are gone: nobody will ever read them.
delete from mail where shard < 0 and not exists (
  select from lease where lease.incarnation = -mail.shard and lease.retired_at is null
)

-- name: forgetEnded
delete from past_actor where ended_at < clock_timestamp() - $1 * interval '1 ms'

-- name: forgetNodes
-- A retired node's row is the lane that its mail is read by: it goes when the lane is empty.
delete from node using lease
where lease.incarnation = node.incarnation and lease.retired_at < clock_timestamp() - interval '1 hour'
  and not exists (select from mail where mail.lane = node.incarnation)
  and not exists (select from shard where shard.owner = node.incarnation)

-- name: checkSqlRole
-- Row-level security does not hold the owner of a table, nor a member of the role that owns it.
select rolsuper or rolbypassrls as all_powerful,
  exists (select from pg_class where pg_has_role(pg_roles.oid, relowner, 'usage')) as owns,
  pg_has_role(current_user, pg_roles.oid, 'member') as may_take
from pg_roles where rolname = $1

-- name: health
select
  (select count(*)::int from lease where retired_at is null and lease_until > clock_timestamp()) as nodes,
  (select count(*)::int from shard) as shards,
  (select count(*)::int from shard where owner is null) as free_shards,
  (select count(*)::int from dead) as dead_letters,
  (
    select count(*)::int from (
      select kind, key from actor where parked
      -- Those whose kind has a table of its own, where mail waits for them.
      union select kind, key from deferred where reason = 'parked'
    ) as resting
  ) as parked,
  exists (select from history_default) as history_default_rows

-- name: oldestTransactions
-- Sessions that keep dead rows from being removed, the oldest first: by what they may still read, or by what they have
-- written and not committed.
select pid, coalesce(application_name, '') as application, usename, state,
  (extract(epoch from clock_timestamp() - xact_start) * 1000)::float8 as open_ms,
  left(query, 200) as query
from pg_stat_activity
where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
  and (backend_xmin is not null or backend_xid is not null)
  and xact_start < clock_timestamp() - $1 * interval '1 ms'
order by xact_start

-- name: keepHistory
select keep_history($1, $2)
