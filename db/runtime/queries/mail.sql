-- name: readMail
-- One snapshot over all lanes but (where $1 is not null) the own one. `top` is the highest number visible
-- in a lane: it is written in order, so nothing below it can still appear.
select node.incarnation as lane, top.seq as top, m.seq, m.shard, m.kind, m.key, m.type, m.body,
  extract(epoch from m.sent_at)::float8 * 1000 as sent_at, m.envelope
from node
left join unnest($3::int[], $4::int8[]) as read (lane, seq) on read.lane = node.incarnation
cross join lateral (
  select max(mail.seq) as seq from mail where mail.lane = node.incarnation and mail.seq > coalesce(read.seq, 0)
) as top
left join lateral (
  select * from mail
  where mail.lane = node.incarnation and mail.seq > coalesce(read.seq, 0) and mail.shard = any ($2::int[])
  order by mail.seq
  limit $5
) as m on true
where top.seq is not null and node.incarnation is distinct from $1

-- name: readCrashed
select id from shard where crashed and id = any ($1)

-- name: readRetries
select lane, seq, shard, extract(epoch from due)::float8 * 1000 as due, reason, name, repeat, attempts, kind, key, type,
  body, sender, sender_turn, trace, extract(epoch from sent_at)::float8 * 1000 as sent_at, rare
from deferred
where shard = any ($1) and reason = 'retry'
order by deferred.due, lane, seq

-- name: readDeferred
select lane, seq, shard, extract(epoch from due)::float8 * 1000 as due, reason, name, repeat, attempts, kind, key, type,
  body, sender, sender_turn, trace, extract(epoch from sent_at)::float8 * 1000 as sent_at, rare
from deferred
where deferred.due >= $2 and shard = any ($1)
order by deferred.due, lane, seq
limit $3

-- name: readPosted
select id, shard, kind, key, type, body, extract(epoch from due)::float8 * 1000 as due
from posted where shard = any ($1) order by id limit $2

-- name: notifyWake
-- Never in a transaction that writes: the lock that orders notifications is held until its commit.
select pg_notify('runtime_wake_' || current_schema(), $1)
