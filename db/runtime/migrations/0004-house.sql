-- History by day: partitions made ahead, old ones dropped whole, also when there is too much of it.
-- Waits for locks only briefly: a reader that holds one must not hold up every commit behind it.
create function keep_history(p_keep_ms float8, p_max_bytes bigint) returns void
language plpgsql set lock_timeout = '1s' set timezone = 'UTC' as $$
declare
  today date := (clock_timestamp() at time zone 'UTC')::date;
  oldest text := 'history_' || to_char(clock_timestamp() at time zone 'UTC' - p_keep_ms * interval '1 ms', 'YYYYMMDD');
  part record;
  total bigint := 0;
begin
  if not pg_try_advisory_xact_lock(hashtext('keep_history' || current_schema())) then
    return;
  end if;
  for ahead in 0 .. 2 loop
    perform make_history_partition(today + ahead);
  end loop;
  for part in
    select child.relname as name, pg_total_relation_size(child.oid) as bytes
    from pg_inherits join pg_class as child on child.oid = inhrelid
    where inhparent = 'history'::regclass and child.relname <> 'history_default'
    order by child.relname desc
  loop
    total := total + part.bytes;
    if part.name < oldest or (total > p_max_bytes and part.name < 'history_' || to_char(today, 'YYYYMMDD')) then
      execute format('drop table %I', part.name);
    end if;
  end loop;
end
$$;

create function make_history_partition(day date) returns void language plpgsql as $$
declare
  part text := 'history_' || to_char(day, 'YYYYMMDD');
begin
  if to_regclass(part) is null then
    execute format('create table %I partition of history for values from (%L) to (%L)',
      part, day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
  end if;
end
$$;

-- One actor's past, newest first: from the commit that its row names, back from commit to commit.
create function history_of(p_kind text, p_key text, p_table text, p_from bigint, p_limit int)
returns table (at timestamptz, entry json) language plpgsql stable as $$
declare
  block record;
  turn record;
  next_commit text;
  found_turns int := 0;
begin
  execute format('select past_lane || ''-'' || past_group from %s where kind = $1 and key = $2', p_table::regclass)
  into next_commit using p_kind, p_key;
  if next_commit is null then
    select past_lane || '-' || past_group into next_commit from past_actor where kind = p_kind and key = p_key;
  end if;
  while next_commit is not null loop
    select h.at, h.entries into block from history h
    where h.lane = split_part(next_commit, '-', 1)::int and h.group_number = split_part(next_commit, '-', 2)::bigint;
    exit when not found;
    next_commit := null;
    for turn in
      select told.value from json_array_elements(block.entries::json) with ordinality as told (value, place)
      where told.value ->> 'actor' = p_kind || '/' || p_key
      order by told.place desc
    loop
      exit when found_turns >= p_limit or (turn.value ->> 'turn')::bigint < p_from;
      found_turns := found_turns + 1;
      at := block.at;
      entry := turn.value;
      next_commit := turn.value ->> 'past';
      return next;
    end loop;
    exit when found_turns >= p_limit;
  end loop;
end
$$;

select make_history_partition((clock_timestamp() at time zone 'UTC')::date + ahead) from generate_series(0, 2) as ahead;
