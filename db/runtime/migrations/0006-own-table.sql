-- States of a kind with a table of its own: the state and the filter columns that the kind computes, in one
-- write. A column that it does not compute begins with its default, and keeps what others write there.
create or replace function commit_own_table(own jsonb) returns void language plpgsql as $$
declare
  own_table regclass := (own ->> 'table')::regclass;
  -- What the table itself fills in is not for us to write.
  writable text[] := array(
    select attname from pg_attribute
    where attrelid = own_table and attnum > 0 and not attisdropped and attgenerated = '' and attidentity <> 'a'
    order by attnum
  );
  alike record;
  hit int;
begin
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
    own_table,
    (select string_agg(quote_ident(name), ', ' order by place) from unnest(writable) with ordinality as w (name, place)),
    (select string_agg('r.' || quote_ident(name), ', ' order by place) from unnest(writable) with ordinality as w (name, place)))
  using own -> 'changed';
  get diagnostics hit = row_count;
  perform must_hit('actors', jsonb_array_length(own -> 'changed'), hit);

  -- An insert names its columns, and those it does not name get their default: one for all rows that have the same.
  for alike in
    select named.names, jsonb_agg(named.value) as values from (
      select fresh.value, (
        select string_agg(quote_ident(name), ', ' order by place)
        from unnest(writable) with ordinality as w (name, place) where fresh.value ? name
      ) as names
      from jsonb_array_elements(own -> 'fresh') as fresh (value)
    ) as named
    group by named.names
  loop
    execute format(
      'insert into %1$s (%2$s) select %2$s from jsonb_populate_recordset(null::%1$s, $1)',
      own_table, alike.names) using alike.values;
  end loop;
end
$$;
