import { expect } from 'chai'
import { addressOf } from '#web/api/request.ts'
import { noteServerDate, serverNow } from '#web/api/server-clock.ts'
import { asTrouble, Trouble } from '#web/api/trouble.ts'
import { isFiltered, queryFrom } from '#web/jobs/filters.ts'
import { tokenIn, wayBack } from '#web/session/way-back.ts'
import { knownParams } from '#web/submit/known-params.ts'

describe('the address of a route', () => {
  it('has its parameters in place and its query behind', () => {
    expect(addressOf('/api/v1/jobs/{job}/log', { job: 'job_1' }, { limit: 5, after: undefined })).to.equal(
      '/api/v1/jobs/job_1/log?limit=5',
    )
  })

  it('keeps what could break out of it', () => {
    expect(addressOf('/api/v1/jobs/{job}', { job: '../me?x#y' }, { after: 'a&b=c' })).to.equal(
      '/api/v1/jobs/..%2Fme%3Fx%23y?after=a%26b%3Dc',
    )
  })
})

describe('the address of the list of jobs', () => {
  it('says what is shown', () => {
    expect(queryFrom({ group: 'active', tool: 'photostats' })).to.deep.equal({
      limit: 50,
      group: 'active',
      tool: 'photostats',
    })
  })

  it('loses what makes no sense, and keeps the rest', () => {
    const query = queryFrom({ group: 'sideways', agent: 'nobody', tool: '', state: 'running' })
    expect(query).to.deep.equal({ limit: 50, state: 'running' })
    expect(isFiltered(query)).to.equal(true)
  })

  it('with a tab alone is not filtered', () =>
    expect(isFiltered(queryFrom({ group: 'done' }))).to.equal(false))
})

describe('the way back after signing in', () => {
  it('leads to a screen of ours only', () => {
    expect(
      ['/jobs?group=done', '//evil.example', '/\\evil.example', 'https://evil.example', undefined].map(
        wayBack,
      ),
    ).to.deep.equal(['/jobs?group=done', '/', '/', '/', '/'])
  })

  it('never leads to signing in again', () => expect(wayBack('/sign-in?to=/jobs')).to.equal('/'))
})

describe('the one-time token', () => {
  it('stands behind the #, with or without its name', () => {
    expect([tokenIn('token=wel_1'), tokenIn('wel_1'), tokenIn(null)]).to.deep.equal(['wel_1', 'wel_1', ''])
  })
})

describe('what an address says that a tool is given', () => {
  it('is nothing where it makes no sense', () => {
    expect([
      knownParams('{"path":"/a"}'),
      knownParams('{'),
      knownParams('[1]'),
      knownParams(undefined),
    ]).to.deep.equal([{ path: '/a' }, {}, {}, {}])
  })
})

describe('trouble', () => {
  it('is a sentence', () => {
    const trouble = new Trouble({ code: 'in_use', detail: 'it has collections' })
    expect(trouble.message).to.equal('It has collections.')
  })

  it('that may pass is told from trouble that stays', () => {
    expect(Trouble.unreachable().passes).to.equal(true)
    expect(new Trouble({ code: 'not_found', detail: 'gone' }).passes).to.equal(false)
  })

  it('is found where it was wrapped, and made of anything else', () => {
    const trouble = Trouble.outdated()
    expect(asTrouble(new Error('wrapped', { cause: trouble }))).to.equal(trouble)
    expect(asTrouble(new Error('x is not a function')).message).to.contain('x is not a function')
  })
})

describe("the server's clock", () => {
  afterEach(() => noteServerDate(new Date().toUTCString()))

  it('is what ages are reckoned by where it differs by more than answers take', () => {
    noteServerDate('Sat, 21 Nov 2026 12:00:00 GMT', Date.UTC(2026, 10, 21, 11, 0, 0))
    expect(serverNow(0)).to.equal(3_600_500)
    noteServerDate('Sat, 21 Nov 2026 12:00:00 GMT', Date.UTC(2026, 10, 21, 12, 0, 1))
    expect(serverNow(0)).to.equal(0)
  })

  it('stays as it was known where an answer has no date', () => {
    noteServerDate(null)
    expect(serverNow(5)).to.equal(5)
  })
})
