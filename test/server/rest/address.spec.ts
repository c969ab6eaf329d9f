import { expect } from 'chai'
import type { IncomingMessage } from 'node:http'
import { addressReader, Networks, networkOf } from '#server/rest/address.ts'
import { isFromOwnPage } from '#server/rest/origin.ts'

/** An empty length would be one of nothing, which is the whole internet. */
const noNetworks = [
  'somewhere',
  '10.0.0.0/33',
  '10.0.0.0/x',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '10.0.0/8',
  'fd00::/129',
  '::ffff:10.0.0.0/8',
  'fe80::1%eth0',
  '',
]

describe('the address of a caller', () => {
  const read = (trusted: string[], peer: string, forwarded?: string) =>
    addressReader(trusted)({
      socket: { remoteAddress: peer } as IncomingMessage['socket'],
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    })

  const cases: [trusted: string[], peer: string, forwarded: string | undefined, address: string][] = [
    [[], '192.0.2.1', undefined, '192.0.2.1'],
    [[], '192.0.2.1', '10.0.0.9', '192.0.2.1'],
    [[], '::ffff:192.0.2.1', undefined, '192.0.2.1'],
    [['10.0.0.0/8'], '10.0.0.1', '203.0.113.5', '203.0.113.5'],
    [['10.0.0.0/8'], '::ffff:10.0.0.1', '203.0.113.5', '203.0.113.5'],
    [['10.0.0.0/8'], '10.0.0.1', '1.1.1.1, 203.0.113.5', '203.0.113.5'],
    [['10.0.0.0/8'], '10.0.0.1', '203.0.113.5, 10.0.0.2', '203.0.113.5'],
    [['10.0.0.0/8'], '192.0.2.1', '203.0.113.5', '192.0.2.1'],
    [['10.0.0.0/8'], '10.0.0.1', 'nonsense', '10.0.0.1'],
    [['10.0.0.0/8'], '10.0.0.1', '', '10.0.0.1'],
    [['fd00::/8'], 'fd00::1', '2001:db8::1', '2001:db8::1'],
    [['10.0.0.0/8'], '10.0.0.1', Array(1_000).fill('10.0.0.3').join(), '10.0.0.3'],
  ]
  for (const [trusted, peer, forwarded, address] of cases) {
    it(`is ${address} for a peer ${peer} that tells of '${forwarded?.slice(0, 40)}', trusting '${trusted.join()}'`, () => {
      expect(read(trusted, peer, forwarded)).to.equal(address)
    })
  }

  for (const entry of noNetworks) {
    it(`can not be trusted to '${entry}'`, () => {
      expect(() => addressReader([entry])).to.throw(`'${entry}' is neither an address nor a network`)
    })
  }
})

describe('a list of addresses and networks', () => {
  const cases: [entries: string[], address: string, has: boolean][] = [
    [['10.0.0.0/8', '192.0.2.7'], '10.255.255.255', true],
    [['10.0.0.0/8', '192.0.2.7'], '11.0.0.0', false],
    [['10.0.0.0/8', '192.0.2.7'], '192.0.2.7', true],
    [['10.0.0.0/8', '192.0.2.7'], '192.0.2.8', false],
    [['10.0.0.0/8'], '::ffff:10.0.0.1', true],
    [['10.0.0.0/8'], '::ffff:11.0.0.1', false],
    [['::ffff:10.0.0.0/104'], '10.0.0.1', true],
    [['::ffff:10.0.0.1'], '10.0.0.1', true],
    [['::ffff:10.0.0.1'], '10.0.0.2', false],
    [['2001:db8::/32'], '2001:db8:ffff::1', true],
    [['2001:db8::/32'], '2001:db9::1', false],
    [['::1'], '0:0:0:0:0:0:0:1', true],
    [['fe80::/10'], 'fe80::1%eth0', true],
    [['0.0.0.0/0'], '203.0.113.5', true],
    [['0.0.0.0/0'], '2001:db8::1', false],
    // IPv4 is a part of IPv6.
    [['::/0'], '203.0.113.5', true],
    [['::/0'], '', false],
    [['::/0'], 'nonsense', false],
  ]
  for (const [entries, address, has] of cases) {
    it(`of '${entries.join()}' has ${has ? '' : 'not '}'${address}'`, () => {
      expect(new Networks(entries).has(address)).to.equal(has)
    })
  }
})

describe('the network of an address', () => {
  const cases: [address: string, network: string][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ]
  for (const [address, network] of cases) {
    it(`of ${address} is ${network}`, () => expect(networkOf(address)).to.equal(network))
  }
})

describe('a page of ours', () => {
  const publicUrl = 'https://photos.example.org'
  const cases: [headers: Record<string, string>, own: boolean][] = [
    [{ origin: 'https://photos.example.org' }, true],
    [{ origin: 'http://127.0.0.1:4600', host: '127.0.0.1:4600' }, true],
    [{ origin: 'https://elsewhere.test', host: 'photos.example.org' }, false],
    [{ origin: 'https://photos.example.org.elsewhere.test', host: 'photos.example.org' }, false],
    [{ origin: 'null', host: 'photos.example.org' }, false],
    [{ host: 'photos.example.org' }, false],
    [{ host: 'photos.example.org', 'sec-fetch-site': 'same-origin' }, true],
    [{ host: 'photos.example.org', 'sec-fetch-site': 'same-site' }, false],
    [{ host: 'photos.example.org', 'sec-fetch-site': 'cross-site' }, false],
    [{ origin: 'https://elsewhere.test', 'sec-fetch-site': 'same-origin' }, false],
  ]
  for (const [headers, own] of cases) {
    it(`is ${own ? '' : 'not '}what sends ${JSON.stringify(headers)}`, () => {
      expect(isFromOwnPage(headers, publicUrl)).to.equal(own)
    })
  }
})
