-- As before, and a timer that repeats is none the less for having rung at an actor that was parked.
create or replace function commit_rare(p_incarnation int, p_group bigint, p_at timestamptz, p_rare jsonb) returns text[] language plpgsql as $$
declare
  known text[] := '{}';
  hit int;
begin
  delete from actor using jsonb_to_recordset(p_rare -> 'ended') as ended (kind text, key text, was bigint)
  where actor.kind = ended.kind and actor.key = ended.key and actor.turn = ended.was;
  get diagnostics hit = row_count;
  perform must_hit('ended actors', coalesce(jsonb_array_length(p_rare -> 'ended'), 0), hit);

  perform remember_ended(p_incarnation, p_group, p_rare -> 'ended');
  perform commit_own_table(own) from jsonb_array_elements(p_rare -> 'own') as own;

  -- Whether it waits for its time or for another attempt.
  delete from deferred using jsonb_to_recordset(p_rare -> 'cancelled') as gone (kind text, key text, name text)
  where deferred.kind = gone.kind and deferred.key = gone.key and deferred.name = gone.name;
  insert into deferred (lane, seq, shard, due, reason, name, repeat, attempts, kind, key, type, body, sender, sender_turn,
    trace, sent_at, rare)
  select d.lane, d.seq, d.shard, to_timestamp(d.due / 1000), d.reason, d.name, d.repeat, d.attempts, d.kind, d.key, d.type,
    d.body::json, d.sender, d."senderTurn", d.trace, to_timestamp(d."sentAt" / 1000), d.rare
  from jsonb_to_recordset(p_rare -> 'deferred') as d (lane int, seq bigint, shard int, due float8, reason text, name text,
    repeat text, attempts jsonb, kind text, key text, type text, body text, sender text, "senderTurn" bigint, trace text,
    "sentAt" float8, rare jsonb);
  -- A resumed actor's mail goes back to where it came from: its owner reads it anew, in order.
  with woken as (
    delete from deferred using jsonb_to_recordset(p_rare -> 'resumed') as woken (kind text, key text)
    where deferred.kind = woken.kind and deferred.key = woken.key and deferred.reason = 'parked'
      and deferred.repeat is null
    returning deferred.*
  )
  insert into mail (lane, seq, shard, kind, key, type, body, sent_at, envelope)
  select lane, seq, shard, kind, key, type, body, sent_at,
    json_build_object('sender', sender, 'turn', sender_turn, 'trace', trace, 'rare', with_attempts(rare, attempts))
  from woken;
  -- Whatever a repeating timer has missed is made up for once, and it goes on.
  update deferred set reason = 'timer', due = p_at
  from jsonb_to_recordset(p_rare -> 'resumed') as woken (kind text, key text)
  where deferred.kind = woken.kind and deferred.key = woken.key and deferred.reason = 'parked';
  perform resume_actor(woken ->> 'kind', woken ->> 'key', coalesce(woken ->> 'table', 'actor')::regclass)
  from jsonb_array_elements(p_rare -> 'resumed') as woken;

  insert into dead (at, kind, key, type, body, sender, sender_turn, trace, cause, reason, attempts, redriven, rare)
  select p_at, d.kind, d.key, d.type, d.body::json, d.sender, d."senderTurn", d.trace, d.cause, d.reason, d.attempts,
    d.redriven, d.rare
  from jsonb_to_recordset(p_rare -> 'dead') as d (kind text, key text, type text, body text, sender text,
    "senderTurn" bigint, trace text, cause text, reason text, attempts jsonb, redriven int, rare jsonb);

  insert into answered (request_id, answer)
  select a."requestId", a.answer from jsonb_to_recordset(p_rare -> 'answered') as a ("requestId" text, answer text);

  delete from posted where id in (select jsonb_array_elements(p_rare -> 'posted')::bigint);
  get diagnostics hit = row_count;
  perform must_hit('posted mail', coalesce(jsonb_array_length(p_rare -> 'posted'), 0), hit);
  delete from dead where id in (select jsonb_array_elements(p_rare -> 'revived')::bigint);
  get diagnostics hit = row_count;
  perform must_hit('dead letters', coalesce(jsonb_array_length(p_rare -> 'revived'), 0), hit);

  if p_rare ? 'suspect' then
    update fence set suspect_lane = (p_rare -> 'suspect' ->> 'lane')::int, suspect_seq = (p_rare -> 'suspect' ->> 'seq')::bigint
    where incarnation = p_incarnation;
  end if;

  if p_rare ? 'dedupe' then
    with wanted as (
      select jsonb_array_elements_text(p_rare -> 'dedupe') as key
    ), fresh as (
      insert into answered (request_id) select 'send:' || key from wanted on conflict do nothing returning request_id
    )
    select coalesce(array_agg(key), '{}') into known from wanted
    where not exists (select from fresh where fresh.request_id = 'send:' || wanted.key);
  end if;
  return known;
end
$$;
