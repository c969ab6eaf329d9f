-- name: joinCluster
select incarnation, shards, now from join_cluster($1, $2)

-- name: sweep
-- The one statement that an idle node runs each second: renews the lease and looks at everything that a
-- notification could have told.
with renewed as (
  update lease set lease_until = clock_timestamp() + $2 * interval '1 ms', draining = $3
  where incarnation = $1 and retired_at is null
  returning incarnation
), mine as materialized (
  select coalesce(array_agg(id order by id), '{}') as ids from shard where owner = $1
)
select
  clock_timestamp() as now,
  not exists (select from renewed) as retired,
  (
    select coalesce(json_agg(json_build_object('incarnation', incarnation, 'name', name, 'draining', draining) order by incarnation), '[]')
    from node join lease using (incarnation) where retired_at is null
  ) as nodes,
  (select ids from mine) as owned,
  (select count(*)::int from shard where owner is null) as free,
  exists (
    select from lease where retired_at is null and incarnation <> $1 and lease_until < lease_floor()
  ) as expired,
  exists (
    select from node
    left join unnest($4::int[], $5::int8[]) as read (lane, seq) on read.lane = node.incarnation
    cross join lateral (
      select from mail
      where mail.lane = node.incarnation and mail.seq > coalesce(read.seq, 0)
        and mail.shard = any ((select ids from mine) || -$1)
      limit 1
    ) as found
    where node.incarnation <> $1
  ) as mail,
  exists (select from posted where shard = any (select unnest(ids) from mine)) as posted

-- name: takeShards
select take_shards($1, $2) as taken

-- name: releaseShards
select release_shards($1, $2)

-- name: retireExpired
select retire_expired($1) as retired

-- name: leaveCluster
select leave_cluster($1)

-- name: resolveGroup
select committed, group_number from resolve_group($1, $2)
