import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import { actor, HandlerFailed, Refused } from '#runtime/index.ts'
import { openStore } from '#runtime/postgres/store.ts'
import { errorOf, useRuntime } from './use-runtime.ts'

const state = z.object({ filed: z.int().default(0) }).prefault({})
const messages = {
  file: { input: z.object({ team: z.string(), film: z.string() }), sql: true },
  films: { reply: z.array(z.string()), sql: true },
  who: { reply: z.object({ role: z.string(), tenant: z.string(), security: z.string() }), sql: true },
  run: { input: z.string(), sql: true },
  filed: { reply: z.int() },
} as const
const handlers: Parameters<typeof actor<typeof state, typeof messages>>[2] = {
  async file(own, { team, film }, ctx) {
    own.filed += 1
    ctx.send({ kind: 'bell', key: ctx.key, type: 'ring' })
    await ctx.sql('insert into public.negative (team, film) values ($1, $2)', [team, film])
  },
  async films(_own, _input, ctx) {
    const rows = await ctx.sql<{ film: string }>('select film from public.negative order by film')
    return rows.map(({ film }) => film)
  },
  async who(_own, _input, ctx) {
    const [row] = await ctx.sql<{ role: string; tenant: string; security: string }>(
      `select current_user::text as role, current_setting('runtime.tenant') as tenant,
        current_setting('row_security') as security`,
    )
    return row ?? { role: '', tenant: '', security: '' }
  },
  async run(_own, text, ctx) {
    await ctx.sql(text)
  },
  filed: (own) => own.filed,
}
const supervision = { attemptsMax: 1 }

/** 'north/1' belongs to the team 'north'. */
const archive = actor(
  'archive',
  { state, messages, supervision, tenant: (_own, key) => key.split('/')[0] ?? '' },
  handlers,
)
const nobodys = actor('nobodys', { state, messages, supervision }, handlers)

/** Roles belong to the whole server, which other runs may use too. */
const suffix = randomBytes(4).toString('hex')
const named = (what: string) => `spec_${what}_${suffix}`

describe('SQL of a turn, in a role of its own', () => {
  const role = named('app')
  after(async () => {
    await runtime.get.sql(`drop owned by ${role}`)
    await runtime.get.sql(`drop role ${role}`)
  })
  const runtime = useRuntime()
  before(async () => {
    const { sql, start } = runtime.get
    await sql(`create role ${role}`)
    await sql('create table public.negative (team text not null, film text not null)')
    await sql('alter table public.negative enable row level security')
    await sql("create policy team on public.negative using (team = current_setting('runtime.tenant'))")
    await sql(`grant select, insert on public.negative to ${role}`)
    // One turn at a time: all of them use the same session.
    await start({ kinds: [archive, nobodys], sqlRole: role, settings: { sqlTurnsMax: 1 } })
    await sql("insert into public.negative values ('north', 'aurora'), ('south', 'dunes')")
  })
  const negatives = () => runtime.get.sql('select team, film from public.negative order by film')
  const atFirst = [
    { team: 'north', film: 'aurora' },
    { team: 'south', film: 'dunes' },
  ]

  it('runs in that role, for the team of its actor', async () => {
    const { node } = runtime.get
    const who = { role, security: 'on' }
    expect(await node.ask(archive.at('north/1').who())).to.deep.equal({ ...who, tenant: 'north' })
    expect(await node.ask(archive.at('south/1').who())).to.deep.equal({ ...who, tenant: 'south' })
  })

  it('reads the rows of its team and no others', async () => {
    const { node } = runtime.get
    expect(await node.ask(archive.at('north/1').films())).to.deep.equal(['aurora'])
    expect(await node.ask(archive.at('south/1').films())).to.deep.equal(['dunes'])
  })

  it('reads no rows where its actor has no team, whoever used the session before', async () => {
    const { node } = runtime.get
    await node.ask(archive.at('north/1').films())
    expect(await node.ask(nobodys.at('north/1').films())).to.deep.equal([])
    expect(await node.ask(nobodys.at('north/1').who())).to.include({ tenant: '' })
  })

  it("can't write rows of another team, and nothing of such a turn is kept", async () => {
    const { node } = runtime.get
    const error = await errorOf(node.ask(archive.at('north/2').file({ team: 'south', film: 'fake' })))
    expect(error).to.be.instanceOf(HandlerFailed)
    expect(error.message).to.include('violates row-level security policy')
    expect(await negatives()).to.deep.equal(atFirst)
    expect(await node.ask(archive.at('north/2').filed())).to.equal(0)
  })

  it("can't touch the runtime's own tables", async () => {
    const { node } = runtime.get
    for (const table of ['actor', 'mail', 'dead']) {
      const error = await errorOf(node.ask(archive.at('north/3').run(`select from runtime.${table}`)))
      expect(error.message).to.include('permission denied')
    }
  })

  it('joins what the runtime itself writes, which needs more than that role', async () => {
    const { node, seen, sql } = runtime.get
    await node.ask(archive.at('north/4').file({ team: 'north', film: 'fjord' }))
    await seen({ type: 'turn', actor: 'bell/north/4' })
    expect(await negatives()).to.deep.include({ team: 'north', film: 'fjord' })
    const [row] = await sql("select state from runtime.actor where kind = 'archive' and key = 'north/4'")
    expect(JSON.parse(String(row?.['state']))).to.deep.equal({ filed: 1 })
  })

  const leftovers = {
    'a tenant': "set runtime.tenant = 'south'",
    'row security that is off': 'set row_security = off',
    'the role of the session': 'reset role',
  }
  for (const [what, statement] of Object.entries(leftovers)) {
    it(`finds nothing left over of the turn before: ${what}`, async () => {
      const { node } = runtime.get
      await node.ask(nobodys.at('a').run(statement))
      expect(await node.ask(nobodys.at('b').who())).to.deep.equal({ role, tenant: '', security: 'on' })
      expect(await node.ask(nobodys.at('b').films())).to.deep.equal([])
    })
  }

  it('runs in that role again after a turn that failed', async () => {
    const { node } = runtime.get
    await errorOf(node.ask(archive.at('north/5').run('select 1 / 0')))
    expect(await node.ask(archive.at('north/5').who())).to.include({ role, tenant: 'north' })
  })
})

describe('SQL of a turn, where no role is given for it', () => {
  const runtime = useRuntime({ kinds: [archive] })
  it('runs as the runtime itself', async () => {
    const [user] = await runtime.get.sql<{ name: string }>('select current_user::text as name')
    expect((await runtime.get.node.ask(archive.at('north/1').who())).role).to.equal(user?.name)
  })
})

describe('a start with a role for ctx.sql', () => {
  const [superuser, bypassing, owner, member, stranger, plain] = [
    'superuser',
    'bypassing',
    'owner',
    'member',
    'stranger',
    'plain',
  ].map(named) as [string, string, string, string, string, string]
  const roles = [superuser, bypassing, owner, member, stranger, plain]
  after(async () => {
    await runtime.get.sql(`drop owned by ${roles.join(', ')}`)
    await runtime.get.sql(`drop role ${roles.join(', ')}`)
  })
  const runtime = useRuntime()
  before(async () => {
    const { sql } = runtime.get
    await sql(`create role ${superuser} superuser`)
    await sql(`create role ${bypassing} bypassrls`)
    await sql(`create role ${owner}`)
    await sql(`create role ${member} in role ${owner}`)
    await sql(`create role ${stranger}`)
    await sql(`create role ${plain} login password 'plain'`)
    await sql('create table public.negative (team text)')
    await sql(`alter table public.negative owner to ${owner}`)
  })

  const refusals: [what: string, sqlRole: string, reason: string][] = [
    ['is a superuser', superuser, 'it is a superuser or bypasses row-level security'],
    ['bypasses row-level security', bypassing, 'it is a superuser or bypasses row-level security'],
    ['owns a table', owner, 'it owns tables, or is a member of a role that does'],
    ['is a member of a role that owns one', member, 'it owns tables, or is a member of a role that does'],
    ['does not exist', named('nobody'), 'it does not exist; create it, or leave sqlRole out'],
  ]
  for (const [what, sqlRole, reason] of refusals) {
    it(`is refused where the role ${what}`, async () => {
      const error = await errorOf(runtime.get.start({ kinds: [archive], sqlRole }))
      expect(error).to.be.instanceOf(Refused).and.to.have.property('code', 'not_allowed')
      expect(error.message).to.equal(`the role '${sqlRole}' can't be used for ctx.sql: ${reason}`)
    })
  }

  it("is refused where the runtime's user can not take the role", async () => {
    const url = new URL(runtime.get.database.url)
    Object.assign(url, { username: plain, password: 'plain' })
    const open = openStore({ url: url.href, schema: 'runtime', name: 'plain', sqlRole: stranger })
    expect((await errorOf(open)).message).to.include("the runtime's user is no member of it; grant it")
    await runtime.get.sql(`grant ${stranger} to ${plain}`)
    const store = await openStore({ url: url.href, schema: 'runtime', name: 'plain', sqlRole: stranger })
    await store.close()
  })

  it('leaves no connection open where it is refused', async () => {
    await errorOf(runtime.get.start({ kinds: [archive], sqlRole: superuser }))
    const { database, until } = runtime.get
    await until(async () => (await database.connections()).every((line) => !line.includes('runtime ')))
  })
})
