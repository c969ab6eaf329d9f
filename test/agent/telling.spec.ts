import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import type { Accepted, Frame } from '#specs/agent-link.ts'
import { newId } from '#specs/ids.ts'
import { LinkDown, Refused } from '#agent/link/link.ts'
import { logTo } from '#agent/log.ts'
import { Spool } from '#agent/state/spool.ts'
import { FrameLog, ringMax } from '#agent/work/frame-log.ts'
import { FrameSender } from '#agent/work/frame-sender.ts'
import type { ThreadSays } from '#agent/work/messages.ts'
import { cut, logBurst, Telling } from '#agent/work/telling.ts'
import { Events } from '../support/events.ts'
import { runFolder } from '../support/run.ts'

const line = (text: string) => ({ type: 'log' as const, at: 0, level: 'info' as const, text })

describe('what an attempt tells', () => {
  it('is numbered from 1 on, and the last thousand are kept', () => {
    const log = new FrameLog()
    for (let count = 1; count <= 5_000; count++) log.add(line(String(count)))
    expect(log.last).to.equal(5_000)
    const kept = log.after(0)
    expect(kept.length).to.be.within(ringMax, ringMax * 1.2)
    expect(kept.map(({ seq }) => seq)).to.deep.equal(
      Array.from({ length: kept.length }, (_, index) => 5_000 - kept.length + 1 + index),
    )
    expect(log.after(4_998).map(({ seq }) => seq)).to.deep.equal([4_999, 5_000])
  })

  it('waits until it is confirmed, in batches that a socket takes', () => {
    const log = new FrameLog()
    for (let count = 0; count < 600; count++) log.add(line('x'))
    expect(log.batch()).to.have.length(500)
    expect(log.batch()[0]?.seq).to.equal(1)
    log.confirm(500)
    expect(log.batch().map(({ seq }) => seq)).to.deep.equal(
      Array.from({ length: 100 }, (_, index) => 501 + index),
    )
    for (let count = 0; count < 300; count++) log.add(line('x'.repeat(4_000)))
    expect(Buffer.byteLength(JSON.stringify(log.batch()))).to.be.lessThan(256_000)
  })

  const taken: Accepted = { accepted: true, reason: null }
  type Sent = { readonly kind: 'sent'; readonly frames: Frame[] }

  it('is sent again after the server was away, without a gap', async () => {
    const sent = new Events<Sent>()
    let away = true
    const sender = new FrameSender(
      (frames) => {
        sent.push({ kind: 'sent', frames })
        return away ? Promise.reject(new LinkDown('away')) : Promise.resolve(taken)
      },
      () => {},
    )
    sender.tell(line('one'))
    await sent.next('sent')
    sender.tell(line('two'))
    away = false
    sender.resume()
    const { frames } = await sent.next('sent')
    expect(frames.map(({ seq }) => seq)).to.deep.equal([1, 2])
  })

  it('waits for as long as a busy server says', async () => {
    const sent = new Events<Sent>()
    const busy = new Refused({
      type: 'about:blank',
      title: 'Busy',
      status: 429,
      code: 'too_many_requests',
      detail: 'slower',
      retryAfterMs: 20,
    })
    const answers = [Promise.reject(busy), Promise.resolve(taken)]
    for (const answer of answers) answer.catch(() => {})
    const sender = new FrameSender(
      (frames) => {
        sent.push({ kind: 'sent', frames })
        return answers.shift() as Promise<Accepted>
      },
      () => {},
    )
    sender.tell(line('one'))
    await sent.next('sent')
    expect((await sent.next('sent')).frames).to.have.length(1)
    await sender.flush()
    expect(sender.log.waiting).to.equal(0)
  })

  it('is no flood: so many lines at once, then it says how many were left out', () => {
    const said: ThreadSays[] = []
    const telling = new Telling((says) => said.push(says))
    for (let count = 0; count < 5_000; count++) telling.log('info', `line ${count}`)
    telling.finish()
    expect(said.length).to.be.within(logBurst, logBurst + 100)
    expect(JSON.stringify(said.at(-1))).to.match(/[0-9]+ lines left out/)
  })

  it('is cut to size, and never in the middle of a character', () => {
    const said: ThreadSays[] = []
    const telling = new Telling((says) => said.push(says))
    telling.log('info', '😀'.repeat(5_000))
    telling.progress({ stage: 'x'.repeat(500), done: 1, current: 'y'.repeat(5_000) })
    telling.progress({ stage: 'x', done: Number.NaN })
    telling.finish()
    const [text, progress, complaint] = said
    expect(text?.type === 'log' && text.text.isWellFormed() && text.text.length).to.equal(4_000)
    expect(progress?.type === 'progress' && progress.progress.current).to.have.length(1_000)
    expect(complaint).to.include({ type: 'log', level: 'warn' })
    expect(cut('ab\ud83d', 10)).to.equal('ab\ufffd')
  })
})

describe('results on a disk that does not take them', () => {
  it('are kept in memory, and it is said that they would be lost', async () => {
    const folder = runFolder(`spool-${randomUUID()}`)
    const lines: string[] = []
    const spool = new Spool(
      folder,
      newId('agent'),
      logTo((text) => lines.push(text), 'info'),
    )
    rmSync(folder, { recursive: true })
    const finish = { job: newId('job'), attempt: 1, outcome: 'completed' as const, frames: 0 }
    await spool.keep(finish)
    expect(spool.entries).to.deep.equal([finish])
    expect(lines.join()).to.include(`the result of ${finish.job} can't be written to ${folder}`)
    await spool.forget(finish)
    expect(spool.size).to.equal(0)
  })
})
