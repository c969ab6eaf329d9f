-- name: readStates
select actor.kind, actor.key, actor.turn, actor.state, actor.parked, past_lane || '-' || past_group as past
from unnest($1::text[], $2::text[]) as wanted (kind, key)
join actor on actor.kind = wanted.kind and actor.key = wanted.key

-- name: readAnswers
select request_id, answer from answered where request_id = any ($1) and answer is not null

-- name: readDead
select id, extract(epoch from at)::float8 * 1000 as at, kind, key, type, body, sender, sender_turn, trace, cause, reason,
  attempts, redriven, rare
from dead
where ($1::int8[] is null or id = any ($1))
  and ($2::text is null or kind = $2)
  and ($3::text is null or key = $3)
  and ($4::text is null or type = $4)
  and ($5::text is null or cause = $5)
  and ($6::int8 is null or id > $6)
order by id
limit $7

-- name: readHistory
select extract(epoch from at)::float8 * 1000 as at, entry from history_of($1, $2, $3, $4, $5)

-- name: inspectActor
with actor_shard as (select shard_of($1, $2) as id)
select
  (select id from actor_shard) as shard,
  owner.incarnation as owner, owner.name as owner_name, extract(epoch from owner.lease_until)::float8 * 1000 as lease_until,
  waiting.number as waiting, extract(epoch from waiting.oldest)::float8 * 1000 as oldest,
  (select count(*)::int from dead where dead.kind = $1 and dead.key = $2) as dead,
  (
    select coalesce(json_agg(json_build_object(
      'reason', reason, 'type', type, 'due', extract(epoch from due) * 1000, 'name', name, 'sender', sender,
      'attempts', jsonb_array_length(attempts), 'lastFailure', attempts -> -1 ->> 'reason') order by due), '[]')
    from (select * from deferred where deferred.kind = $1 and deferred.key = $2 order by due limit 20) as next
  ) as deferred
from (
  select count(*)::int as number, min(sent_at) as oldest from mail
  where mail.kind = $1 and mail.key = $2
) as waiting
left join (
  select node.incarnation, node.name, lease.lease_until, shard.id from shard
  join node on node.incarnation = shard.owner join lease using (incarnation)
) as owner on owner.id = (select id from actor_shard)
