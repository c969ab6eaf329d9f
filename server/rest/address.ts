/** Where a request comes from: its peer, or what trusted proxies say about theirs. */
import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'

/** A request as far as its way to us tells where it comes from. */
export type Sent = Pick<IncomingMessage, 'headers' | 'socket'>
export type ReadAddress = (request: Sent) => string

const hopsMax = 20

/**
 * Reads the caller's address. X-Forwarded-For counts only as far as it was written by proxies of the list: addresses, or
 * networks like '10.0.0.0/8'. Throws on an entry that is neither.
 */
export function addressReader(trustedProxies: readonly string[]): ReadAddress {
  const trusted = trustedProxies.length > 0 ? new Networks(trustedProxies) : undefined
  return ({ headers, socket }) => {
    const peer = plain(socket.remoteAddress ?? '')
    if (trusted === undefined) return peer
    const told = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
    let address = peer
    for (const hop of told.slice(-hopsMax).toReversed().map(plain)) {
      if (!trusted.has(address) || isIP(hop) === 0) return address
      address = hop
    }
    return address
  }
}

/** What an address is counted under: a household has a whole /64 of IPv6. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail = ''] = address.split('%')[0]?.split('::') ?? []
  const front = head.split(':').filter(Boolean)
  const back = tail.split(':').filter(Boolean)
  const zeros = Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0')
  const groups = address.includes('::') ? [...front, ...zeros, ...back] : front
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

/** Addresses and networks: '10.0.0.1', '10.0.0.0/8', 'fd00::/8'. */
export class Networks {
  readonly #list = new BlockList()

  /** Throws on an entry that is none. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const network = networkIn(entry)
      if (network === undefined)
        throw new Error(
          `'${entry}' is neither an address nor a network: write it like 10.0.0.1, 10.0.0.0/8 or fd00::/8`,
        )
      this.#list.addSubnet(...network)
    }
  }

  has(address: string): boolean {
    const [plainAddress = ''] = plain(address).split('%')
    return isIP(plainAddress) !== 0 && this.#list.check(plainAddress, isIPv6(plainAddress) ? 'ipv6' : 'ipv4')
  }
}

export function isNetwork(entry: string): boolean {
  return networkIn(entry) !== undefined
}

function networkIn(entry: string): [address: string, length: number, family: 'ipv4' | 'ipv6'] | undefined {
  const [given = '', bits, ...more] = entry.split('/')
  const address = plain(given)
  if (isIP(address) === 0 || address.includes('%') || more.length > 0) return undefined
  const most = isIPv6(address) ? 128 : 32
  // What counts for IPv4 are the last 32 of 128.
  const before = address === given.trim() ? 0 : 96
  const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) - before : -1
  return length >= 0 && length <= most ? [address, length, most === 128 ? 'ipv6' : 'ipv4'] : undefined
}

/** IPv4 in the clothes of IPv6 is IPv4. */
function plain(address: string): string {
  return address.trim().replace(/^::ffff:(?=\d+\.)/i, '')
}
