-- Writing a kind's own table took more than half of its commit: a statement whose text is made at run time is planned
-- anew each time. Now each table gets a function with its columns in it, made when it is first written, whose
-- statements a session plans once. Its name tells table and columns, so a table that has changed gets another.
create or replace function commit_own_table(own jsonb) returns void language plpgsql as $$
declare
  own_table regclass := (own ->> 'table')::regclass;
  -- What the table itself fills in is not for us to write.
  writable text[] := array(
    select attname from pg_attribute
    where attrelid = own_table and attnum > 0 and not attisdropped and attgenerated = '' and attidentity <> 'a'
    order by attnum
  );
  writer text := 'write_own_' || own_table::oid || '_' || left(md5(array_to_string(writable, ',')), 8);
begin
  if to_regprocedure(writer || '(jsonb)') is null then
    perform make_own_writer(writer, own_table, writable);
  end if;
  execute format('select %s($1)', writer) using own;
end
$$;

create function make_own_writer(writer text, own_table regclass, writable text[]) returns void language plpgsql as $make$
declare
  targets text := (select string_agg(quote_ident(name), ', ' order by place) from unnest(writable) with ordinality as w (name, place));
  sources text := (select string_agg('r.' || quote_ident(name), ', ' order by place) from unnest(writable) with ordinality as w (name, place));
begin
  -- Several nodes may come here at once.
  perform pg_advisory_xact_lock(hashtext('own_writer'), hashtext(writer));
  if to_regprocedure(writer || '(jsonb)') is not null then
    return;
  end if;
  execute format($writer$
    create function %1$I(own jsonb) returns void
    language plpgsql as $body$
    declare
      hit int;
    begin
      if jsonb_array_length(own -> 'ended') > 0 then
        delete from %2$s as t using jsonb_to_recordset(own -> 'ended') as gone (kind text, key text, was bigint)
        where t.kind = gone.kind and t.key = gone.key and t.turn = gone.was;
        get diagnostics hit = row_count;
        perform must_hit('ended actors', jsonb_array_length(own -> 'ended'), hit);
      end if;

      if jsonb_array_length(own -> 'changed') > 0 then
        update %2$s as t set (%3$s) = (select %4$s from jsonb_populate_record(t, changed.value -> 'row') as r)
        from jsonb_array_elements(own -> 'changed') as changed (value)
        where t.kind = changed.value -> 'row' ->> 'kind' and t.key = changed.value -> 'row' ->> 'key'
          and t.turn = (changed.value ->> 'was')::bigint;
        get diagnostics hit = row_count;
        perform must_hit('actors', jsonb_array_length(own -> 'changed'), hit);
      end if;

      -- Those that name every column need no statement of their own.
      if jsonb_array_length(own -> 'fresh') > 0 then
        insert into %2$s (%3$s)
        select %4$s from jsonb_array_elements(own -> 'fresh') as fresh (value)
        cross join lateral jsonb_populate_record(null::%2$s, fresh.value) as r
        where fresh.value ?& %5$L;
        get diagnostics hit = row_count;
        if hit < jsonb_array_length(own -> 'fresh') then
          perform insert_with_defaults(%2$L::regclass, %5$L, own -> 'fresh');
        end if;
      end if;
    end
    $body$
  $writer$, writer, own_table, targets, sources, writable);
end
$make$;

-- An insert names its columns, and those it does not name get their default: one for all rows that have the same.
create function insert_with_defaults(own_table regclass, writable text[], fresh jsonb) returns void language plpgsql as $$
declare
  alike record;
begin
  for alike in
    select named.names, jsonb_agg(named.value) as values from (
      select row.value, (
        select string_agg(quote_ident(name), ', ' order by place)
        from unnest(writable) with ordinality as w (name, place) where row.value ? name
      ) as names
      from jsonb_array_elements(fresh) as row (value)
      where not row.value ?& writable
    ) as named
    group by named.names
  loop
    execute format(
      'insert into %1$s (%2$s) select %2$s from jsonb_populate_recordset(null::%1$s, $1)',
      own_table, alike.names) using alike.values;
  end loop;
end
$$;
