import { expect } from 'chai'
import { printable, tableOf, visible } from '#host/terminal.ts'

describe('what a terminal is shown', () => {
  const hostile = 'IMG\u001b[2J\u009b1m\u0007\u2028.jpg\n\tnext'

  it('never takes it over, and stays one line where it has to be one', () => {
    expect(visible(hostile)).to.equal('IMG\\u001b[2J\\u009b1m\\u0007\\u2028.jpg\\u000a\\u0009next')
    expect(printable(hostile)).to.equal('IMG\\u001b[2J\\u009b1m\\u0007\\u2028.jpg\n\tnext')
    expect(visible('Größe 東京 👍')).to.equal('Größe 東京 👍')
  })

  it('has columns as wide as what is in them, whatever that is', () => {
    const rows = [
      ['ID', 'NAME', 'STATE'],
      ['1', 'a\nb', ''],
      ['22', 'c'],
    ]
    expect(tableOf(rows)).to.equal('ID  NAME      STATE\n1   a\\u000ab\n22  c')
    expect(tableOf([])).to.equal('')
  })
})
