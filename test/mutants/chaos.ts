/** What the chaos specs have to find. */
import { spec, type Mutant } from './mutant.ts'

const commitSql = 'db/runtime/migrations/0002-commit.sql'
const membershipSql = 'db/runtime/migrations/0003-membership.sql'

const killed = spec('test/chaos/killed-nodes.spec.ts', 'on the embedded')
const staysDead = spec('test/chaos/killed-nodes.spec.ts', 'stay dead')
const tooSoon = spec('test/chaos/killed-nodes.spec.ts', 'before its commit is made')
const torn = spec('test/chaos/killed-nodes.spec.ts', 'between a commit and its answer')
const lost = spec('test/chaos/lost-answers.spec.ts', 'embedded.*neither forgotten')
const onItsWay = spec('test/chaos/lost-answers.spec.ts', 'embedded.*still be on its way')
const allLost = spec('test/chaos/notifications.spec.ts', 'are all lost')
const silent = spec('test/chaos/notifications.spec.ts', 'gone silent')
const tokens = spec('test/chaos/notifications.spec.ts', 'tokens allow')
const terminated = spec('test/chaos/database-restarts.spec.ts', 'embedded.*again and again')
const conflicts = spec('test/chaos/database-restarts.spec.ts', 'embedded.*conflict')
const restarts = spec('test/chaos/database-restarts.spec.ts', 'told to end or killed')
const groupPaused = spec('test/chaos/paused-owner.spec.ts', 'with a group on its way')
const sqlPaused = spec('test/chaos/paused-owner.spec.ts', 'middle of a turn with SQL')
const killer = spec('test/chaos/killer-messages.spec.ts', 'is found and buried')
const timedKiller = spec('test/chaos/killer-messages.spec.ts', 'sent by a timer')
const untoldKiller = spec('test/chaos/killer-messages.spec.ts', 'whose owner has died')
const answerPaused = spec('test/chaos/paused-owner.spec.ts', 'answer never reached it')
const silentSql = spec('test/chaos/lost-answers.spec.ts', 'goes silent')
const hasty = spec('test/chaos/lost-answers.spec.ts', 'counts once')
const shutOut = spec('test/chaos/database-restarts.spec.ts', 'more timers than memory')
const garbage = spec('test/chaos/notifications.spec.ts', 'by the thousand')
const letters = spec('test/chaos/coming-and-going.spec.ts', 'nobody will read')
const clocks = spec('test/chaos/coming-and-going.spec.ts', 'clocks an hour apart')
const joining = spec('test/chaos/coming-and-going.spec.ts', 'its share')
const leaving = spec('test/chaos/coming-and-going.spec.ts', 'without a word')

export const chaosMutants: readonly Mutant[] = [
  {
    name: 'no-fence',
    patches: [
      {
        file: commitSql,
        find: '  if fence_at is null then\n    raise',
        replace: '  if false then\n    raise',
      },
    ],
    run: groupPaused,
  },
  {
    name: 'fence-without-lock',
    patches: [
      {
        file: commitSql,
        find: 'begin\n  -- By its place on disk',
        replace: `begin
  select fence.ctid into fence_at from fence where incarnation = p_incarnation and not retired;
  -- By its place on disk`,
      },
      {
        file: commitSql,
        find: `  update fence set group_number = p_group, committed = p_group
  where fence.ctid = p_fence and incarnation = p_incarnation and group_number = p_group - 1 and not retired
  returning fence.ctid into fence_at;
`,
        replace: '',
      },
    ],
    run: sqlPaused,
  },
  {
    name: 'no-idle-timeout',
    patches: [
      {
        file: 'db/connect.ts',
        find: 'idle_in_transaction_session_timeout: String(idleMs)',
        replace: "idle_in_transaction_session_timeout: String(idleMs && '0')",
      },
    ],
    run: sqlPaused,
  },
  {
    name: 'lost-answer-means-not-committed',
    patches: [
      {
        file: membershipSql,
        find: 'returning fence.group_number, fence.committed >= p_group',
        replace: 'returning fence.group_number, false',
      },
    ],
    run: lost,
  },
  {
    name: 'number-not-given-up',
    patches: [
      { file: membershipSql, find: 'greatest(fence.group_number, p_group)', replace: 'fence.group_number' },
    ],
    run: onItsWay,
  },
  {
    name: 'request-ids-forgotten',
    patches: [
      {
        file: 'runtime/turn-item.ts',
        find: 'if (requestId !== undefined) draft.answer(requestId, this.#answer)',
        replace: 'void requestId',
      },
    ],
    run: torn,
  },
  {
    name: 'dedupe-keys-forgotten',
    patches: [
      { file: 'runtime/send-item.ts', find: 'dedupe === null ? mail : { ...mail, dedupe }', replace: 'mail' },
    ],
    run: torn,
  },
  {
    name: 'handled-mail-kept',
    patches: [
      {
        file: commitSql,
        find: `    where mail.lane = handled.lane and mail.seq = handled.seq;
    get diagnostics hit = row_count;
    perform must_hit('mail', cardinality(p_mail_seq), hit);`,
        replace: '    where false;',
      },
    ],
    run: killed,
  },
  {
    name: 'acknowledged-before-the-commit',
    patches: [
      {
        file: 'runtime/send-item.ts',
        find: 'this.#sent = sent\n',
        replace: 'this.#sent = sent\n    sent()\n',
      },
    ],
    run: tooSoon,
  },
  {
    name: 'timers-not-read-at-take-over',
    patches: [
      {
        file: 'runtime/life.ts',
        find: "this.window.reset(this.intake.openShards)\n    this.#parts.events.emit({ type: 'shards'",
        replace: "this.#parts.events.emit({ type: 'shards'",
      },
    ],
    run: staysDead,
  },
  {
    name: 'no-sweep-for-mail',
    patches: [{ file: 'runtime/life.ts', find: 'if (sweep.mail) this.intake.found()', replace: '' }],
    run: allLost,
  },
  {
    name: 'no-sweep-after-listen',
    patches: [{ file: 'runtime/life.ts', find: 'if (!this.#over) this.membership.sweep()', replace: '' }],
    run: silent,
  },
  {
    name: 'no-heartbeat',
    patches: [
      {
        file: 'db/listen-session.ts',
        find: 'await before(heartbeatTimeoutMs, beat(subscriber), silence)',
        replace: 'void [before, beat, heartbeatTimeoutMs, subscriber]',
      },
    ],
    run: silent,
  },
  {
    name: 'notify-within-the-commit',
    patches: [
      {
        file: commitSql,
        find: "  at := clock_timestamp();\n  duplicates := '{}';",
        replace: `  at := clock_timestamp();
  duplicates := '{}';
  perform pg_notify('runtime_wake_' || current_schema(), p_group::text);`,
      },
    ],
    run: tokens,
  },
  {
    name: 'endless-tokens',
    patches: [{ file: 'runtime/notifier.ts', find: 'this.#tokens--', replace: '' }],
    run: tokens,
  },
  {
    name: 'no-error-listener-on-clients',
    patches: [{ file: 'db/connect.ts', find: "client.on('error', ignore)", replace: 'void client' }],
    run: terminated,
  },
  {
    name: 'conflicts-are-bugs',
    patches: [{ file: 'runtime/postgres/link.ts', find: "'40001', ", replace: '' }],
    run: conflicts,
  },
  {
    name: 'commits-not-durable',
    patches: [
      {
        file: 'db/connect.ts',
        find: "intervalstyle: 'iso_8601',",
        replace: "intervalstyle: 'iso_8601',\n    synchronous_commit: 'off',",
      },
    ],
    run: restarts,
  },
  {
    name: 'suspect-not-written',
    patches: [{ file: 'runtime/suspects.ts', find: 'await this.#write(suspect.mail)', replace: '' }],
    run: killer,
  },
  {
    name: 'crash-not-counted',
    patches: [
      {
        file: membershipSql,
        find: "(rare ->> 'crashes')::int, 0) + 1",
        replace: "(rare ->> 'crashes')::int, 0)",
      },
    ],
    run: killer,
  },
  {
    name: 'crash-not-told',
    patches: [{ file: membershipSql, find: 'crashed = p_crashed where', replace: 'crashed = false where' }],
    run: killer,
  },
  {
    name: 'lease-by-the-own-clock',
    patches: [
      {
        file: 'db/runtime/queries/membership.sql',
        find: "lease_until = clock_timestamp() + $2 * interval '1 ms'",
        replace: 'lease_until = to_timestamp($2 / 1000)',
      },
      {
        file: 'runtime/postgres/store.ts',
        find: 'sweep.run(client, incarnation, leaseMs,',
        replace: 'sweep.run(client, incarnation, Date.now() + leaseMs,',
      },
    ],
    run: clocks,
  },
  {
    name: 'timers-by-the-own-clock',
    patches: [{ file: 'runtime/life.ts', find: 'clock.now() + this.#clockOffset', replace: 'clock.now()' }],
    run: clocks,
  },
  {
    name: 'shards-not-given-back',
    patches: [
      {
        file: membershipSql,
        find: 'update shard set owner = null, crashed = false where owner = p_incarnation and id = any (p_shards);',
        replace: '',
      },
    ],
    run: joining,
  },
  {
    name: 'stopped-without-a-word',
    patches: [
      {
        file: 'runtime/node.ts',
        find: "    this.#asks.failAll(`the node '${this.name}' has stopped`)\n",
        replace: '',
      },
    ],
    run: leaving,
  },
  {
    name: 'in-flight-means-nothing-happened',
    patches: [
      {
        file: 'runtime/life.ts',
        find: 'item.abandon(unknown)',
        replace: "item.abandon(unknown && new Unavailable('nothing happened'))",
      },
    ],
    run: answerPaused,
  },
  {
    name: 'no-deadline-for-sql',
    patches: [
      {
        file: 'runtime/postgres/sql-turn.ts',
        find: 'await inTime(client, deadlineMs, committed(client, row))',
        replace: 'await committed(client, row)',
      },
    ],
    run: silentSql,
  },
  {
    name: 'dedupe-between-groups-only',
    patches: [{ file: 'runtime/group.ts', find: 'if (this.#dedupe.has(dedupe)) return false', replace: '' }],
    run: hasty,
  },
  {
    name: 'larger-reads-after-failures',
    patches: [
      {
        file: 'runtime/deferred-window.ts',
        find: 'if (full && this.#horizon === from)',
        replace: 'if (this.#horizon === from)',
      },
    ],
    run: shutOut,
  },
  {
    name: 'timers-not-suspected',
    patches: [
      {
        file: 'runtime/life.ts',
        find: 'if (resident) this.suspects.examine([resident])',
        replace: 'void resident',
      },
    ],
    run: timedKiller,
  },
  {
    name: 'crash-told-once',
    patches: [
      {
        file: 'db/runtime/queries/mail.sql',
        find: 'select id from shard where crashed and id = any ($1)',
        replace: 'update shard set crashed = false where crashed and id = any ($1) returning id',
      },
    ],
    run: untoldKiller,
  },
  {
    name: 'letters-kept',
    patches: [
      {
        file: 'db/runtime/queries/house.sql',
        find: 'delete from mail where shard < 0 and',
        replace: 'delete from mail where false and',
      },
    ],
    run: letters,
  },
  {
    name: 'garbage-is-fatal',
    patches: [
      {
        file: 'runtime/postgres/wake.ts',
        find: "{ about: 'mail', shards } : null",
        replace: "{ about: 'mail', shards } : (() => { throw new Error('that is no payload') })()",
      },
    ],
    run: garbage,
  },
]
