-- name: commitGroup
select extract(epoch from at)::float8 * 1000 as at, fence_at::text as fence_at, duplicates
from commit_group(
  $1, $2, $3::text::tid,
  $4, $5, $6, $7,
  $8, $9, $10, $11, $12, $13,
  $14, $15, $16, $17, $18, $19,
  $20, $21, $22, $23, $24, $25, $26,
  $27, $28)

-- name: enterSqlTurn
-- For this transaction only: whose rows the turn's own SQL may touch, and the role in which it runs. The tenant is
-- always set, so that none is left over from the turn before.
select set_config('runtime.tenant', $1, true) as tenant, set_config('row_security', 'on', true) as row_security,
  set_config('role', $2, true) as role
