import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { actor, defaults } from '#runtime/index.ts'

const readme = readFileSync(new URL('../../runtime/README.md', import.meta.url), 'utf8')
const [, settings = ''] = /^## Settings\n(.*?)^## /ms.exec(readme) ?? []
const unitsMs: Readonly<Record<string, number>> = { s: 1_000, h: 3_600_000, days: 86_400_000 }

describe('what the README of the runtime says of settings', () => {
  it('names each with its default, in their order', () => {
    const rows = [...settings.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)]
    const told = rows.map(([, name = '', value = '']) => [name, valueOf(value)])
    expect(told).to.deep.equal(Object.entries(defaults))
  })

  it('names the defaults of a kind', () => {
    const kind = actor('plain', { state: z.object({}).prefault({}), messages: {} }, {})
    const [line = ''] = /^A kind has its own: .*$/m.exec(settings) ?? []
    const told = [...line.matchAll(/`(\w+)` \(([^)]+)\)/g)].map(([, name = '', value = '']) => [name, value])
    expect(Object.fromEntries(told)).to.have.all.keys('mailboxMax', 'turnTimeout', 'history', 'version')
    const { mailboxMax, turnTimeout, history, version } = Object.fromEntries(told) as Record<string, string>
    expect(valueOf(mailboxMax)).to.equal(kind.mailboxMax)
    expect(valueOf(turnTimeout)).to.equal(kind.turnTimeoutMs)
    expect(history === 'on').to.equal(kind.history)
    expect(valueOf(version)).to.equal(kind.version)
  })
})

/** '10 000', '3 days', 'none' as the value that they stand for. */
function valueOf(text = ''): number | null {
  if (text === 'none') return null
  const [, digits = '', unit = ''] = /^([\d ]*\d) ?([a-z]*)$/.exec(text) ?? []
  return Number(digits.replaceAll(' ', '')) * (unit === '' ? 1 : (unitsMs[unit] ?? Number.NaN))
}
