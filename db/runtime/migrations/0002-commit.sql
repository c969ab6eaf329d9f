-- One group of turns: all of it, or none. The statements run one after the other and each sees what
-- the fence has locked, so a node that was replaced can't write beside its successor.
--
-- Errors: SL001 fenced, SL002 something that was to be settled is not there.
create function commit_group(
  -- The fence.
  p_incarnation int, p_group bigint, p_fence tid,
  -- Handled messages.
  p_mail_lane int[], p_mail_seq bigint[],
  p_deferred_lane int[], p_deferred_seq bigint[],
  -- States of the generic table: changed, then new.
  p_kind text[], p_key text[], p_was bigint[], p_turn bigint[], p_state text[], p_parked boolean[],
  p_new_kind text[], p_new_key text[], p_new_shard int[], p_new_turn bigint[], p_new_state text[], p_new_parked boolean[],
  -- Mail.
  m_seq bigint[], m_shard int[], m_kind text[], m_key text[], m_type text[], m_body text[],
  m_envelope text[],
  -- History.
  p_history text,
  -- What only few groups have, as one object.
  p_rare jsonb,
  out at timestamptz, out fence_at tid, out duplicates text[]
)
-- Every table here is reached by key, a few hundred rows at a time. A plan made while a table was small
-- must not read all of it later.
language plpgsql set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  hit int;
begin
  -- By its place on disk, which the last commit returned: while an old transaction is held open
  -- somewhere, the way over the index would pass by all dead versions of this row.
  update fence set group_number = p_group, committed = p_group
  where fence.ctid = p_fence and incarnation = p_incarnation and group_number = p_group - 1 and not retired
  returning fence.ctid into fence_at;
  if fence_at is null then
    update fence set group_number = p_group, committed = p_group
    where incarnation = p_incarnation and group_number = p_group - 1 and not retired
    returning fence.ctid into fence_at;
  end if;
  if fence_at is null then
    raise exception 'incarnation % can not commit group %', p_incarnation, p_group using errcode = 'SL001';
  end if;
  at := clock_timestamp();
  duplicates := '{}';

  if cardinality(p_mail_seq) > 0 then
    delete from mail using unnest(p_mail_lane, p_mail_seq) as handled (lane, seq)
    where mail.lane = handled.lane and mail.seq = handled.seq;
    get diagnostics hit = row_count;
    perform must_hit('mail', cardinality(p_mail_seq), hit);
  end if;
  if cardinality(p_deferred_seq) > 0 then
    delete from deferred using unnest(p_deferred_lane, p_deferred_seq) as handled (lane, seq)
    where deferred.lane = handled.lane and deferred.seq = handled.seq;
    get diagnostics hit = row_count;
    perform must_hit('deferred mail', cardinality(p_deferred_seq), hit);
  end if;

  if cardinality(p_kind) > 0 then
    update actor set turn = changed.turn, state = changed.state::jsonb, parked = changed.parked,
      past_lane = p_incarnation, past_group = p_group
    from unnest(p_kind, p_key, p_was, p_turn, p_state, p_parked) as changed (kind, key, was, turn, state, parked)
    where actor.kind = changed.kind and actor.key = changed.key and actor.turn = changed.was;
    get diagnostics hit = row_count;
    perform must_hit('actors', cardinality(p_kind), hit);
  end if;
  if cardinality(p_new_kind) > 0 then
    insert into actor (kind, key, shard, turn, state, parked, past_lane, past_group)
    select fresh.kind, fresh.key, fresh.shard, fresh.turn, fresh.state::jsonb, fresh.parked, p_incarnation, p_group
    from unnest(p_new_kind, p_new_key, p_new_shard, p_new_turn, p_new_state, p_new_parked)
      as fresh (kind, key, shard, turn, state, parked);
  end if;

  if p_rare is not null then
    duplicates := commit_rare(p_incarnation, p_group, commit_group.at, p_rare);
  end if;

  if cardinality(m_seq) > 0 then
    insert into mail (lane, seq, shard, kind, key, type, body, sent_at, envelope)
    select p_incarnation, m.seq, m.shard, m.kind, m.key, m.type, m.body::json, commit_group.at, m.envelope::json
    from unnest(m_seq, m_shard, m_kind, m_key, m_type, m_body, m_envelope)
      as m (seq, shard, kind, key, type, body, envelope)
    -- A send with a key that is known already is no send.
    where duplicates = '{}' or (m.envelope::json ->> 'dedupe' = any (duplicates)) is not true;
  end if;

  if p_history is not null then
    insert into history (at, lane, group_number, entries) values (commit_group.at, p_incarnation, p_group, p_history);
  end if;
end
$$;

create function must_hit(what text, expected int, hit int) returns void language plpgsql as $$
begin
  if hit <> expected then
    raise exception '% of % % to settle are not there', expected - hit, expected, what using errcode = 'SL002';
  end if;
end
$$;

-- The parts that only few groups have. Returns the dedupe keys that were known already.
create function commit_rare(p_incarnation int, p_group bigint, p_at timestamptz, p_rare jsonb) returns text[] language plpgsql as $$
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
    returning deferred.*
  )
  insert into mail (lane, seq, shard, kind, key, type, body, sent_at, envelope)
  select lane, seq, shard, kind, key, type, body, sent_at,
    json_build_object('sender', sender, 'turn', sender_turn, 'trace', trace, 'rare',
      case when attempts = '[]' then rare
      else coalesce(rare, '{}') || jsonb_build_object('redrives', jsonb_build_object('count', 0, 'attempts', attempts)) end)
  from woken;
  perform resume_actor(woken ->> 'kind', woken ->> 'key', coalesce(woken ->> 'table', 'actor')::regclass)
  from jsonb_array_elements(p_rare -> 'resumed') as woken;

  insert into dead (at, kind, key, type, body, sender, sender_turn, trace, cause, reason, attempts, redriven)
  select p_at, d.kind, d.key, d.type, d.body::json, d.sender, d."senderTurn", d.trace, d.cause, d.reason, d.attempts, d.redriven
  from jsonb_to_recordset(p_rare -> 'dead') as d (kind text, key text, type text, body text, sender text,
    "senderTurn" bigint, trace text, cause text, reason text, attempts jsonb, redriven int);

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

create function remember_ended(p_incarnation int, p_group bigint, p_ended jsonb) returns void language sql as $$
  insert into past_actor (kind, key, past_lane, past_group)
  select ended.kind, ended.key, p_incarnation, p_group
  from jsonb_to_recordset(p_ended) as ended (kind text, key text)
  on conflict (kind, key) do update
  set past_lane = excluded.past_lane, past_group = excluded.past_group, ended_at = excluded.ended_at
$$;

create function resume_actor(p_kind text, p_key text, p_table regclass) returns void language plpgsql as $$
begin
  execute format('update %s as t set parked = false where t.kind = $1 and t.key = $2', p_table) using p_kind, p_key;
end
$$;

-- States of a kind with a table of its own: the state and its filter columns in one write.
create function commit_own_table(own jsonb) returns void language plpgsql as $$
declare
  own_table regclass := (own ->> 'table')::regclass;
  names text[];
  hit int;
begin
  select array_agg(quote_ident(attname) order by attnum) into names
  from pg_attribute where attrelid = own_table and attnum > 0 and not attisdropped and attgenerated = '';

  execute format(
    'delete from %1$s as t using jsonb_to_recordset($1) as gone (kind text, key text, was bigint)
     where t.kind = gone.kind and t.key = gone.key and t.turn = gone.was', own_table) using own -> 'ended';
  get diagnostics hit = row_count;
  perform must_hit('ended actors', jsonb_array_length(own -> 'ended'), hit);

  execute format(
    'update %1$s as t set (%2$s) = (select %3$s from jsonb_populate_record(t, changed.value -> ''row'') as r)
     from jsonb_array_elements($1) as changed (value)
     where t.kind = changed.value -> ''row'' ->> ''kind'' and t.key = changed.value -> ''row'' ->> ''key''
       and t.turn = (changed.value ->> ''was'')::bigint',
    own_table, array_to_string(names, ', '),
    array_to_string(array(select 'r.' || name from unnest(names) as name), ', ')) using own -> 'changed';
  get diagnostics hit = row_count;
  perform must_hit('actors', jsonb_array_length(own -> 'changed'), hit);

  execute format(
    'insert into %1$s (%2$s) select %2$s from jsonb_populate_recordset(null::%1$s, $1)',
    own_table, array_to_string(names, ', ')) using own -> 'fresh';
end
$$;
