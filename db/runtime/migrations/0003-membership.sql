-- Who lives, and who owns what. Leases are judged by the database's clock on both sides.

create function join_cluster(p_name text, p_lease_ms float8, out incarnation int, out shards int, out now timestamptz)
language plpgsql as $$
begin
  insert into node (name) values (p_name) returning node.incarnation into incarnation;
  insert into fence (incarnation) values (join_cluster.incarnation);
  insert into lease (incarnation, lease_until)
  values (join_cluster.incarnation, clock_timestamp() + p_lease_ms * interval '1 ms');
  select count(*) into shards from shard;
  now := clock_timestamp();
end
$$;

-- Leases that ended before this moment have run out. After a start of the database nobody's has, for
-- as long as it takes to renew them.
create function lease_floor() returns timestamptz language sql stable as $$
  select case
    when clock_timestamp() - pg_postmaster_start_time() < interval '5 s' then '-infinity'::timestamptz
    else clock_timestamp()
  end
$$;

-- Retires every incarnation whose lease has run out: locks its fence, so that none of its commits can
-- be under way or follow, then frees its shards. One that is locked by a session in a transaction is
-- left for the next sweep; the server ends such a session.
create function retire_expired(p_incarnation int) returns int[] language plpgsql as $$
declare
  gone record;
  retired int[] := '{}';
begin
  for gone in
    select lease.incarnation from lease join fence using (incarnation)
    where lease.retired_at is null and lease.incarnation <> p_incarnation and lease.lease_until < lease_floor()
    for update of fence, lease skip locked
  loop
    -- Looked at again under the lock: it may have renewed its lease in the meantime.
    continue when not exists (
      select from lease where lease.incarnation = gone.incarnation and lease.lease_until < lease_floor()
    );
    perform retire(gone.incarnation, 'its lease ran out', true);
    retired := retired || gone.incarnation;
  end loop;
  return retired;
end
$$;

create function retire(p_incarnation int, p_because text, p_crashed boolean) returns void language plpgsql as $$
declare
  suspect record;
begin
  select suspect_lane as lane, suspect_seq as seq into suspect from fence where incarnation = p_incarnation for update;
  update fence set retired = true where incarnation = p_incarnation;
  update lease set retired_at = clock_timestamp(), retired_because = p_because where incarnation = p_incarnation;
  update shard set owner = null, crashed = p_crashed where owner = p_incarnation;
  delete from mail where shard = -p_incarnation;
  if p_crashed and suspect.seq is not null then
    update mail set envelope = jsonb_set(envelope::jsonb, '{rare}', count_crash(nullif(envelope::jsonb -> 'rare', 'null')))
    where lane = suspect.lane and seq = suspect.seq;
    update deferred set rare = count_crash(rare) where lane = suspect.lane and seq = suspect.seq;
  end if;
end
$$;

create function count_crash(rare jsonb) returns jsonb language sql immutable as $$
  select coalesce(rare, '{}') || jsonb_build_object('crashes', coalesce((rare ->> 'crashes')::int, 0) + 1)
$$;

create function take_shards(p_incarnation int, p_at_most int) returns int[] language plpgsql as $$
declare
  taken int[];
begin
  perform from fence where incarnation = p_incarnation and not retired for update;
  if not found then
    raise exception 'incarnation % can not take shards', p_incarnation using errcode = 'SL001';
  end if;
  with free as (
    select id from shard where owner is null order by id limit p_at_most for update skip locked
  ), given as (
    update shard set owner = p_incarnation from free where shard.id = free.id returning shard.id
  )
  select coalesce(array_agg(id order by id), '{}') into taken from given;
  return taken;
end
$$;

create function release_shards(p_incarnation int, p_shards int[]) returns void language plpgsql as $$
begin
  perform from fence where incarnation = p_incarnation and not retired for update;
  if not found then
    raise exception 'incarnation % can not release shards', p_incarnation using errcode = 'SL001';
  end if;
  update shard set owner = null, crashed = false where owner = p_incarnation and id = any (p_shards);
end
$$;

create function leave_cluster(p_incarnation int) returns void language plpgsql as $$
begin
  perform from fence where incarnation = p_incarnation and not retired for update;
  if found then
    perform retire(p_incarnation, 'it left', false);
  end if;
end
$$;

-- After a commit whose answer was lost: was it committed? If not, its number is given up, so that a
-- statement still on its way finds that it is not its turn any more. Asking again gives the same answer.
create function resolve_group(p_incarnation int, p_group bigint, out committed boolean, out group_number bigint)
language plpgsql as $$
begin
  update fence set group_number = greatest(fence.group_number, p_group)
  where incarnation = p_incarnation and not retired
  returning fence.group_number, fence.committed >= p_group
  into resolve_group.group_number, resolve_group.committed;
  if not found then
    raise exception 'incarnation % is retired', p_incarnation using errcode = 'SL001';
  end if;
end
$$;
