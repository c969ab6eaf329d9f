import { expect } from 'chai'
import { makePasswords } from '#server/people/password.ts'
import { Refusal } from '#server/rest/refusal.ts'

describe('a password', () => {
  const passwords = makePasswords()

  it('is hashed with Argon2id, with OWASP’s parameters and a salt of its own', async () => {
    const [one, other] = await Promise.all([passwords.hash('correct horse'), passwords.hash('correct horse')])
    expect(one).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(one).not.to.equal(other)
  })

  it('is right or wrong', async () => {
    const hash = await passwords.hash('correct horse')
    expect(await passwords.check('correct horse', hash)).to.deep.equal({ right: true, outdated: false })
    expect(await passwords.check('correct horsE', hash)).to.deep.equal({ right: false, outdated: false })
    expect(await passwords.check('', hash)).to.deep.equal({ right: false, outdated: false })
  })

  it('is the same however a keyboard makes its letters', async () => {
    const hash = await passwords.hash('caf\u00e9 au lait')
    expect((await passwords.check('cafe\u0301 au lait', hash)).right).to.equal(true)
  })

  it('is never right where there is nobody', async () => {
    expect((await passwords.check('anything', undefined)).right).to.equal(false)
  })

  it('is checked a few at a time, and refused beyond what may wait', async () => {
    const hash = await passwords.hash('correct horse')
    const checks = Array.from({ length: 150 }, () =>
      passwords.check('correct horse', hash).catch((error: unknown) => error),
    )
    const results = await Promise.all(checks)
    const refused = results.filter((result) => result instanceof Refusal)
    expect(refused).to.have.length(48)
    expect(refused[0]).to.include({ code: 'unavailable', retryAfterMs: 3_000 })
    expect((await passwords.check('correct horse', hash)).right).to.equal(true)
  })
})
