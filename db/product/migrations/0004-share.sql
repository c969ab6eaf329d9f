-- An agent's share: so many attempts a minute (actors/agent/share.ts says how it is counted).
alter table agent
  -- What was taken of it by `granted_at`.
  add column share_taken float8 not null default 0,
  -- Nothing is left of it for now.
  add column share_spent boolean not null default false;
