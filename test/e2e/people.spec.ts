import { expect } from 'chai'
import { useDashboard } from './support/visit.ts'
import { Doors } from './pages/people.ts'

describe('the first admin, in the browser', () => {
  const visit = useDashboard({ me: () => null })

  it('comes by the one-time link and is led to the first agent', async () => {
    const app = await visit.open('/welcome#token=wel_once')
    const doors = new Doors(app)
    await doors.fillWelcome({
      name: 'Ada Winter',
      email: 'ada@lumen.example',
      password: 'correct horse battery',
    })
    await doors.begin()
    await app.arrives('Enrol an agent')
    const { body } = await visit.server.asked.next('asked')
    expect(body).to.deep.equal({
      token: 'wel_once',
      name: 'Ada Winter',
      email: 'ada@lumen.example',
      password: 'correct horse battery',
    })
  })

  it('is told what is wrong before anything is sent', async () => {
    const app = await visit.open('/welcome#token=wel_once')
    const doors = new Doors(app)
    await doors.fillWelcome({ name: 'Ada', email: 'nobody', password: 'short' })
    await doors.begin()
    await app.page.getByText('It must be an e-mail address.').waitFor()
    await app.page.getByText('It must have at least 12 characters.').waitFor()
    expect(visit.server.asked.all.filter(({ route }) => route === 'welcome')).to.deep.equal([])
  })

  it('is told the way out when the link is used up, or has lost its end', async () => {
    const app = await visit.open('/welcome#token=wel_used')
    const doors = new Doors(app)
    await doors.fillWelcome({ name: 'Ada', email: 'a@b.example', password: 'correct horse battery' })
    await doors.begin()
    await app.page.getByText('This link is used up. Sign in instead.').waitFor()
    const other = await visit.open('/welcome')
    await other.page.getByText('This page needs the one-time link').waitFor()
  })
})

describe('signing in, in the browser', () => {
  const visit = useDashboard({ me: () => null })

  it('leads back to where one wanted to go', async () => {
    const app = await visit.open('/jobs?group=failed')
    await app.arrives('Sign in to Safelight')
    await new Doors(app).signIn('ada@lumen.example', 'correct horse battery')
    await app.arrives('Jobs')
    await app.isAt('/jobs?group=failed')
  })

  it('says that it was wrong, and lets one try again', async () => {
    const app = await visit.open('/sign-in')
    const doors = new Doors(app)
    await doors.signIn('ada@lumen.example', 'guess')
    await app.page.getByText('E-mail or password is wrong. Try again.').waitFor()
    await doors.signIn('ada@lumen.example', 'correct horse battery')
    await app.arrives('Jobs')
  })
})

describe('a session, in the browser', () => {
  const visit = useDashboard()

  it('ends when one signs out', async () => {
    const app = await visit.open('/agents')
    await app.arrives('Agents')
    await app.signOut()
    await app.arrives('Sign in to Safelight')
    await app.isAt('/sign-in')
  })

  it('that was ended elsewhere leads to signing in, and then back', async () => {
    const app = await visit.open('/agents?sort=seen')
    await app.liveSwitch.filter({ hasText: 'Live' }).waitFor()
    visit.server.signOut('An admin has ended your session.')
    await app.arrives('Sign in to Safelight')
    await app.page.getByText('An admin has ended your session.').waitFor()
    await new Doors(app).signIn('ada@lumen.example', 'correct horse battery')
    await app.isAt('/agents?sort=seen')
  })
})
