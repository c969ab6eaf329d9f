-- The actor runtime: who owns which shard, the mail between actors, their states, what was put off,
-- what has happened, and what nobody will run again.

-- A node's incarnation. Its number is also the lane of all it sends. This row never changes: readers
-- of mail join it, and what they read must stay cheap while an old transaction keeps dead rows alive.
create table node (
  incarnation int generated always as identity primary key,
  name text not null,
  started_at timestamptz not null default clock_timestamp()
);

-- What changes with every sweep.
create table lease (
  incarnation int primary key references node on delete cascade,
  lease_until timestamptz not null,
  draining boolean not null default false,
  retired_at timestamptz,
  retired_because text
) with (fillfactor = 20);

-- The fence, which changes with every commit: each locks this row and counts `group_number` up by one;
-- whoever takes the node's shards over locks it first. Only its own node reads it otherwise.
-- `committed` lags behind where a number was given up, because nobody knew what became of its commit.
create table fence (
  incarnation int primary key references node on delete cascade,
  group_number bigint not null default 0,
  committed bigint not null default 0,
  retired boolean not null default false,
  suspect_lane int,
  suspect_seq bigint
) with (fillfactor = 20);

-- A slice of all actors. Only the owner writes the states and the put-off mail of its actors.
create table shard (
  id int primary key,
  owner int references node,
  crashed boolean not null default false
) with (fillfactor = 50);

insert into shard (id) select generate_series(0, 255);

-- Messages on their way. A row is inserted once and deleted once, never updated (but for the crash
-- count of a suspect). A lane is written by one node, one commit at a time, so `seq` is also the order
-- of commits within it, and a reader's position in a lane is exact.
create table mail (
  lane int not null,
  seq bigint not null,
  shard int not null,
  kind text collate "C" not null,
  key text collate "C" not null,
  type text not null,
  body json not null,
  sent_at timestamptz not null,
  -- Sender, the sender's turn, trace, and what only few messages carry.
  envelope json not null,
  primary key (lane, seq)
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

-- What an actor remembers. No index on what changes, and room in the page: updates stay on it.
create table actor (
  kind text collate "C" not null,
  key text collate "C" not null,
  shard int not null,
  turn bigint not null,
  state jsonb not null,
  parked boolean not null default false,
  -- The commit that holds its latest turns, in history.
  past_lane int,
  past_group bigint,
  primary key (kind, key)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- Mail that waits for its time: delays, retries, timers, results of the pool, mail of parked actors.
-- Written by the shard's owner only, so that the owner's memory can't miss a row.
create table deferred (
  lane int not null,
  seq bigint not null,
  shard int not null,
  due timestamptz not null,
  reason text not null,
  name text collate "C",
  repeat text,
  attempts jsonb not null,
  kind text collate "C" not null,
  key text collate "C" not null,
  type text not null,
  body json not null,
  sender text,
  sender_turn bigint not null,
  trace text not null,
  sent_at timestamptz not null,
  rare jsonb,
  primary key (lane, seq)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index deferred_due on deferred (due, lane, seq);
create index deferred_actor on deferred (kind, key);
create unique index deferred_timer on deferred (kind, key, name) where name is not null;

-- Mail written by plain SQL: its owner moves it into the owner's own lane.
create table posted (
  id bigint generated always as identity primary key,
  shard int not null,
  kind text collate "C" not null,
  key text collate "C" not null check (key <> '' and length(key) <= 256),
  type text not null,
  body json not null,
  due timestamptz,
  posted_at timestamptz not null default clock_timestamp()
);
create index posted_shard on posted (shard, id);

-- Messages that nobody will run again unless they are redriven.
create table dead (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  kind text collate "C" not null,
  key text collate "C" not null,
  type text not null,
  body json not null,
  sender text,
  sender_turn bigint not null,
  trace text not null,
  cause text not null,
  reason text not null,
  attempts jsonb not null,
  redriven int not null
);
create index dead_actor on dead (kind, key);

-- Requests that were answered, and sends that were made once: a repeated one finds its answer here.
create table answered (
  request_id text collate "C" primary key,
  answer text,
  at timestamptz not null default clock_timestamp()
);
create index answered_at on answered (at);

-- Every turn, by day: old days are dropped whole. One row per commit holds the turns of its whole group, a
-- JSON array; each names the commit that holds the same actor's turn before it. So writing costs one row
-- however many turns there are, and one actor's past is read by going back from commit to commit.
create table history (
  at timestamptz not null,
  lane int not null,
  group_number bigint not null,
  entries text not null
) partition by range (at);
create index history_commit on history (lane, group_number);
create table history_default partition of history default;

-- Not every build of Postgres has the faster compression.
do $$ begin
  alter table history alter column entries set compression lz4;
exception when feature_not_supported then
  null;
end $$;

-- Where the past of actors lies that have no row any more.
create table past_actor (
  kind text collate "C" not null,
  key text collate "C" not null,
  past_lane int not null,
  past_group bigint not null,
  ended_at timestamptz not null default clock_timestamp(),
  primary key (kind, key)
);

-- FNV-1a over 'kind/key', the same as `shardOf` in the runtime.
create function shard_of(kind text, key text) returns int
language plpgsql stable set search_path from current as $$
declare
  bytes bytea := convert_to(kind || '/' || key, 'UTF8');
  hash bigint := 2166136261;
begin
  for at in 0 .. length(bytes) - 1 loop
    hash := ((hash # get_byte(bytes, at)) * 16777619) & 4294967295;
  end loop;
  return hash % (select count(*) from shard);
end
$$;

-- Sends a message from plain SQL, within the caller's transaction. It is found by its owner's next
-- sweep; `select wake()` after the commit makes that at once.
create function send_mail(kind text, key text, type text, body json default 'null', due timestamptz default null)
returns bigint language sql set search_path from current as $$
  insert into posted (shard, kind, key, type, body, due)
  values (shard_of(kind, key), kind, key, type, body, due)
  returning id
$$;

-- Tells every node to sweep. Call it after the commit: within a transaction it would hold a lock that
-- all notifying commits wait for.
create function wake() returns void language sql set search_path from current as $$
  select pg_notify('runtime_wake_' || current_schema(), 'topology')
$$;
