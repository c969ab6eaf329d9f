import { expect } from 'chai'
import { Fenced, OutcomeUnknown, reasonOf } from '#runtime/errors.ts'
import { type Faults, noFaults } from '#runtime/testing/faults.ts'
import { type Ports, World } from '#runtime/testing/world.ts'
import { Member } from './conformance-member.ts'

const leaseMs = 1_000

describe('a process in a simulated world', () => {
  it('does nothing any more once it has crashed', async () => {
    const { world, ports } = await startedWorld()
    const [process] = world.processes
    let ticks = 0
    ports().clock.after(10, () => (ticks += 1))
    void ports()
      .store.join({ name: 'late', leaseMs })
      .then(() => (ticks += 1))
    if (process) world.crash(process, 'the test')
    await world.clock.runTo(world.clock.now + 100)
    expect(ticks).to.equal(0)
  })

  it('has its last request executed all the same', async () => {
    const { world, ports } = await startedWorld()
    const [process] = world.processes
    void ports().store.join({ name: 'late', leaseMs })
    if (process) world.crash(process, 'the test')
    await world.clock.runTo(world.clock.now + 100)
    expect([...world.database.incarnations.values()].map(({ name }) => name)).to.include('late')
  })

  it('is started again after a crash', async () => {
    const { world, starts } = await startedWorld()
    const [process] = world.processes
    if (process) world.crash(process, 'the test')
    await world.clock.runTo(world.clock.now + 10_000)
    expect(starts()).to.equal(2)
  })

  it('catches up in order when it continues after a pause', async () => {
    const { world, ports } = await startedWorld()
    const seen: number[] = []
    for (const ms of [30, 10, 20]) ports().clock.after(ms, () => seen.push(ms))
    const [process] = world.processes
    if (process) world.pause(process, 500)
    await world.clock.runTo(world.clock.now + 400)
    expect(seen).to.deep.equal([])
    await world.clock.runTo(world.clock.now + 200)
    expect(seen).to.deep.equal([10, 20, 30])
  })

  it('can take back during its catching up what it has set before', async () => {
    const { world, ports } = await startedWorld()
    const { clock } = ports()
    const cancel = clock.after(20, () => expect.fail('it was taken back'))
    clock.after(10, cancel)
    const [process] = world.processes
    if (process) world.pause(process, 500)
    await world.clock.runTo(world.clock.now + 600)
  })

  it('has a clock of its own, which may be off and may run fast', async () => {
    const { world, ports } = await startedWorld()
    world.processes[0]?.setClock(5_000, 0.5)
    const before = ports().clock.now()
    await world.clock.runTo(world.clock.now + 1_000)
    expect(ports().clock.now() - before).to.be.closeTo(1_500, 1)
    expect(ports().clock.now() - world.database.now()).to.be.greaterThan(5_000)
  })
})

describe('a commit in a simulated world', () => {
  it('may have happened although its answer was lost', async () => {
    const { world, one } = await joinedWorld({ lostAnswer: 1 })
    expect(await failureIn(world, one.commit())).to.be.instanceOf(OutcomeUnknown)
    expect(world.database.incarnations.get(one.incarnation)?.group).to.equal(1)
  })

  it('may not have happened', async () => {
    const { world, one } = await joinedWorld({ lostRequest: 1 })
    expect(await failureIn(world, one.commit())).to.be.instanceOf(OutcomeUnknown)
    await world.clock.runTo(world.clock.now + 60_000)
    expect(world.database.incarnations.get(one.incarnation)?.group).to.equal(0)
  })

  it('may happen after its node was told that nobody knows', async () => {
    const { world, one } = await joinedWorld({ zombie: 1 })
    expect(await failureIn(world, one.commit())).to.be.instanceOf(OutcomeUnknown)
    await world.clock.runTo(world.clock.now + 60_000)
    expect(world.database.incarnations.get(one.incarnation)?.group).to.equal(1)
  })

  it('is fenced where its node stood still for longer than its lease', async () => {
    const { world, one } = await joinedWorld()
    const [process] = world.processes
    let failure: unknown
    one.commit().catch((error: unknown) => (failure = error))
    await world.clock.runTo(world.clock.now + 10)
    const late = one.store.commit(one.draft()).catch((error: unknown) => (failure = error))
    if (process) world.pause(process, 3 * leaseMs)
    world.clock.after(2 * leaseMs, () => void world.database.connect().retireExpired({ incarnation: 0 }))
    await world.clock.runTo(world.clock.now + 4 * leaseMs)
    await late
    expect(failure).to.equal(undefined)
    expect(await failureIn(world, one.commit())).to.be.instanceOf(Fenced)
  })

  it('fails while the database restarts, and not for long', async () => {
    const { world, one } = await joinedWorld()
    const under = one.store.commit(one.draft())
    world.restartDatabase()
    expect(reasonOf(await failureIn(world, under))).to.match(/did not take|was lost/)
    await world.clock.runTo(world.clock.now + 10_000)
    await inWorld(world, one.sweep())
  })
})

/** A world with one process that only shows what it was given. */
async function startedWorld(faults: Partial<Faults> = {}) {
  const given: Ports[] = []
  const world = new World({
    seed: 7,
    boot: async (ports) => {
      given.push(ports)
    },
  })
  world.faults = { ...noFaults, ...faults }
  world.start(world.addProcess('one'))
  await world.clock.runTo(1)
  return { world, ports: () => given.at(-1) as Ports, starts: () => given.length }
}

async function joinedWorld(faults: Partial<Faults> = {}) {
  const { world, ports } = await startedWorld()
  const { store } = ports()
  const one = new Member(store, await inWorld(world, store.join({ name: 'one', leaseMs })))
  world.faults = { ...noFaults, ...faults }
  return { world, one }
}

/** Lets time pass until the call has ended. */
async function inWorld<Result>(world: World, call: Promise<Result>): Promise<Result> {
  let ended = false
  const settle = (): void => {
    ended = true
  }
  call.then(settle, settle)
  await world.clock.run(() => ended)
  return call
}

async function failureIn(world: World, call: Promise<unknown>): Promise<unknown> {
  return inWorld(world, call).then(
    () => expect.fail('the call succeeded'),
    (error: unknown) => error,
  )
}
