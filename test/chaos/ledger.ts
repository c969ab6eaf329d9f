/**
 * What the database itself writes down beside the runtime, so that a write by a node that does not own the shard any
 * more shows although it was committed.
 */
import type { Tables } from './tables.ts'

const statements = [
  // What turns with SQL of their own write: no key, so that a second time shows.
  `create table entry (client text, number int, application text default current_setting('application_name'))`,
  // Who owned each shard, and from when on.
  `create table chaos_owner (shard int, owner int, at timestamptz default clock_timestamp())`,
  'create index on chaos_owner (shard, at)',
  `create function chaos_note_owner() returns trigger language plpgsql as $$
   begin
     insert into chaos_owner (shard, owner) values (new.id, new.owner);
     return null;
   end $$`,
  `create trigger chaos_note_owner after update of owner on shard for each row
   when (old.owner is distinct from new.owner) execute function chaos_note_owner()`,
  // A commit of a node that was replaced already.
  `create table chaos_zombie (incarnation int, group_number bigint)`,
  `create function chaos_note_zombie() returns trigger language plpgsql as $$
   begin
     insert into chaos_zombie values (new.incarnation, new.group_number);
     return null;
   end $$`,
  `create trigger chaos_note_zombie after update on fence for each row
   when (old.retired and old.group_number <> new.group_number) execute function chaos_note_zombie()`,
]

export async function prepareLedger(tables: Tables): Promise<void> {
  for (const statement of statements) await tables.query(statement)
}

/** History as one row for each turn. */
const listTurns = `
  create table chaos_turn as
  select history.at, history.lane as writer, told.entry ->> 'actor' as actor, (told.entry ->> 'turn')::bigint as turn,
    told.entry ->> 'id' as id, told.entry ->> 'type' as type, told.entry ->> 'sender' as sender,
    (told.entry ->> 'senderTurn')::bigint as sender_turn, told.entry ->> 'failure' as failure
  from history cross join json_array_elements(history.entries::json) as told (entry)`

/** Each query finds what must not be. */
const violations: Readonly<Record<string, string>> = {
  'receivers that missed a message, or took one twice or out of order': `
    select key, state ->> 'violations' as violations from actor
    where kind = 'receiver' and state -> 'violations' <> '[]'`,
  'receivers that have not what senders sent': `
    select sender.key as sender, sent.key as receiver, sent.value as sent, receiver.state -> 'seen' -> sender.key as seen
    from actor as sender cross join jsonb_each(sender.state -> 'to') as sent
    left join actor as receiver on receiver.kind = 'receiver' and receiver.key = sent.key
    where sender.kind = 'sender' and sent.value is distinct from receiver.state -> 'seen' -> sender.key`,
  'timers lost or fired twice': `
    select key, state, rung.count from actor cross join lateral (
      select count(*) from chaos_turn where actor = 'sender/' || key and type = 'ring' and failure is null
    ) as rung
    where kind = 'sender' and (state -> 'left' <> '0' or (state ->> 'rung')::int <> rung.count)`,
  'actors whose turns in history are not 1, 2, 3 up to their own': `
    select kind, key, actor.turn, count(*), min(made.turn), max(made.turn)
    from actor left join chaos_turn as made on made.actor = kind || '/' || key and failure is null
    group by kind, key, actor.turn
    having count(*) <> actor.turn or min(made.turn) <> 1 or max(made.turn) <> actor.turn
      or count(distinct made.turn) <> count(*)`,
  'messages handled twice': `
    select actor, id, count(*) from chaos_turn where failure is null and id not like '%-0'
    group by actor, id having count(*) > 1`,
  "messages handled out of their sender's order": `
    select * from (
      select actor, turn, sender, sender_turn,
        lag(sender_turn) over (partition by actor, sender order by turn) as before
      from chaos_turn where actor like 'receiver/%'
    ) as handled where sender_turn < before`,
  'turns that failed': 'select actor, type, failure from chaos_turn where failure is not null',
  'commits by a node that was replaced': 'select * from chaos_zombie',
  'turns by a node that did not own the shard': `
    select made.at, made.actor, made.turn, made.writer, owned.owner
    from chaos_turn as made join actor on made.actor = kind || '/' || key
    left join lateral (
      select owner from chaos_owner where chaos_owner.shard = actor.shard and chaos_owner.at <= made.at
      order by chaos_owner.at desc limit 1
    ) as owned on true
    where made.writer is distinct from owned.owner`,
  'entries made twice by SQL':
    'select client, number, count(*) from entry group by client, number having count(*) > 1',
  'mail left': `
    select lane, seq, shard, kind, key, type from mail
    where not exists (select from lease where shard = -incarnation and retired_at is not null)`,
  'put-off mail left': 'select lane, seq, shard, kind, key, type, due, reason from deferred',
  'plain SQL mail left': 'select * from posted',
  'dead letters': 'select kind, key, type, cause, reason from dead',
}

/** What the tables and the actors' ledgers say is wrong; nothing, it is hoped. */
export async function findViolations(tables: Tables, expected: readonly string[] = []): Promise<string[]> {
  const found: string[] = []
  await tables.query(listTurns)
  for (const [what, query] of Object.entries(violations)) {
    if (expected.includes(what)) continue
    const rows = await tables.query(query)
    if (rows.length > 0) found.push(`${what}: ${rows.length}, such as ${JSON.stringify(rows.slice(0, 5))}`)
  }
  return found
}

/** Every entry that clients made, from the actors' own states. */
export async function registered(tables: Tables, key: string): Promise<string[]> {
  const rows = await tables.query<{ entries: string[] }>(
    `select state -> 'entries' as entries from actor where kind = 'register' and key = $1`,
    [key],
  )
  return rows[0]?.entries ?? []
}
