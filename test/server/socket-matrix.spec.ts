import { expect } from 'chai'
import { agentNamespace } from '#specs/agent-link.ts'
import { dashboardNamespace } from '#specs/live.ts'
import type { MatrixCaller } from '../matrix/callers.ts'
import { groundOn } from '../matrix/ground.ts'
import type { Outcome } from '../matrix/run.ts'
import { changedRows, rowsOf, withoutTurns } from '../matrix/rows.ts'
import { type Knock, knocksOf, sayUninvited, tryDoor } from '../matrix/sockets/doors.ts'
import { hearWork, heardBeside, listen, marksHeard } from '../matrix/sockets/hear.ts'
import { agentSpeaks, pageSpeaks } from '../matrix/sockets/speak.ts'
import { settled, type SocketStage, Work } from '../matrix/sockets/work.ts'
import { setStage } from '../matrix/stage.ts'
import { withoutFilters, withoutRowSecurity } from '../matrix/walls.ts'
import { startBorder } from './link/border.ts'

const longMs = 600_000
/** Nothing changes by itself: neither does an offer lapse nor does an agent that says nothing go down the ladder. */
const times = {
  heartbeatMs: 1_000,
  degradedAfterFailures: 1_000,
  acceptMs: longMs,
  graceMs: longMs,
  unhealthyMs: longMs,
  leaseMs: longMs,
  offlineMs: longMs,
  staleMs: longMs,
  inactiveMs: longMs,
}

interface Walls {
  readonly filters: boolean
  readonly rowSecurity: boolean
}

interface WalledStage extends SocketStage {
  /** From now on these walls stand. */
  wall(walls: Walls): Promise<void>
  end(): Promise<void>
}

async function start(): Promise<WalledStage> {
  let walls: Walls = { filters: true, rowSecurity: true }
  let restore = () => Promise.resolve()
  const border = await startBorder({ times, around: (pool) => withoutFilters(pool, () => !walls.filters) })
  const ground = groundOn(border)
  const stage = await setStage(ground)
  const parts = { border, stage }
  const [A, B] = await Promise.all([Work.begin(parts, 'A'), Work.begin(parts, 'B')])
  return {
    ...parts,
    work: { A, B },
    async wall(given) {
      if (walls.rowSecurity && !given.rowSecurity) restore = await withoutRowSecurity(ground.pool)
      if (!walls.rowSecurity && given.rowSecurity) await restore()
      walls = given
    },
    async end() {
      await ground.pool.end()
      await border.end()
    },
  }
}

const passes: [what: string, walls: Walls][] = [
  ['with both walls', { filters: true, rowSecurity: true }],
  ['with row security alone, where no query says its team', { filters: false, rowSecurity: true }],
  ['with the queries’ own filters alone, without row security', { filters: true, rowSecurity: false }],
]

describe('callers, sockets, events and ids', function () {
  this.timeout(60_000)
  let on: WalledStage
  before(async () => {
    on = await start()
  })
  after(() => on.end())

  const letIn = (namespace: string, isOne: (caller: MatrixCaller) => boolean) =>
    on.stage.callers.filter((caller) => isLetIn(caller, namespace) && isOne(caller))
  const everybody = () => true
  const ofB = ({ team }: MatrixCaller) => team === 'B'
  const notOfB = (caller: MatrixCaller) => !ofB(caller)

  for (const [what, walls] of passes) {
    describe(what, () => {
      before(() => on.wall(walls))

      it('leave pages to hear of their own team alone', async () => {
        const pages = letIn(dashboardNamespace, everybody)
        const listeners = await Promise.all(pages.map((caller) => listen(on, caller)))
        await hearWork(on, listeners, 'B')
        expect(heardBeside(listeners, ['B']).join('\n')).to.equal('')
        await hearWork(on, listeners, 'A')
        expect(heardBeside(listeners, ['A', 'B']).join('\n')).to.equal('')
        expect(marksHeard(on, listeners).join('\n')).to.equal('')
        for (const { page } of listeners) page.close()
      })

      it('come to the same for what is another’s as for what nobody has, and change nothing of it', async () => {
        await settled(on)
        const before = await guardedRows(on)
        const outcomes = [
          ...(await inTurn(letIn(dashboardNamespace, notOfB), (caller) => pageSpeaks(on, caller))),
          ...(await inTurn(letIn(agentNamespace, notOfB), (caller) => agentSpeaks(on, caller))),
        ]
        const changed = changedRows(before, await guardedRows(on))
        outcomes.push(
          ...(await inTurn(letIn(dashboardNamespace, ofB), (caller) => pageSpeaks(on, caller))),
          ...(await inTurn(letIn(agentNamespace, ofB), (caller) => agentSpeaks(on, caller))),
        )
        expect(
          outcomes
            .flatMap(({ faults }) => faults)
            .slice(0, 20)
            .join('\n'),
        ).to.equal('')
        expect(changed.join('\n')).to.equal('')
        expect(outcomes.reduce((sum, { cells }) => sum + cells, 0)).to.be.above(500)
      })
    })
  }

  describe('at the doors', () => {
    it('are let in where the tables say so, and nothing that others say is answered', async () => {
      const wrong: string[] = []
      for (const caller of on.stage.callers)
        for (const knock of knocksOf(caller, on.border.server.url))
          wrong.push(...(await faultsAt(on, caller, knock)))
      expect(wrong.slice(0, 20).join('\n')).to.equal('')
    })
  })

  describe('without any wall', () => {
    before(() => on.wall({ filters: false, rowSecurity: false }))

    it('are found out', async () => {
      const [admin] = on.stage.callers.filter(({ name }) => name === 'admin of A')
      const faults = admin === undefined ? [] : (await pageSpeaks(on, admin)).faults
      expect(faults.join('\n')).to.include('watch shows canary-B')
      expect(faults.join('\n')).to.include("watch with what is another team's is not the same as unknown")
    })
  })
})

function isLetIn(caller: MatrixCaller, namespace: string): boolean {
  return knocksOf(caller, '').some((knock) => knock.namespace === namespace && knock.comesTo === 'let in')
}

async function inTurn(
  callers: readonly MatrixCaller[],
  speak: (caller: MatrixCaller) => Promise<Outcome>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const caller of callers) {
    const { cells, faults } = await speak(caller)
    outcomes.push({ cells, faults: faults.map((fault) => `${caller.name}: ${fault}`) })
  }
  return outcomes
}

/** Team B's rows, and those of team A that tell of the agent which has the jobs that nobody else may name. */
async function guardedRows({ stage: { ground, admins }, work }: SocketStage): Promise<string[]> {
  const beside = (await rowsOf(ground.pool, admins.A.team))
    .filter((row) => work.A.ids.some((id) => row.includes(id)))
    .map(withoutTurns)
  return [...(await rowsOf(ground.pool, admins.B.team)), ...beside]
}

async function faultsAt(on: SocketStage, caller: MatrixCaller, knock: Knock): Promise<string[]> {
  const { url } = on.border.server
  const said = `${caller.name} at ${knock.namespace} ${knock.what}`
  const came = await tryDoor(url, knock)
  if (came !== knock.comesTo) return [`${said}: ${knock.comesTo} was expected, it was ${came}`]
  if (came === 'let in') return []
  const [named] = on.work.A.named
  if (!named) throw new Error('team A has nothing')
  return (await sayUninvited(url, knock, named)).map((heard) => `${said}: heard ${heard}`)
}
