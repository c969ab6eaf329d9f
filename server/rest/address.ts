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
  const trusted = trustedProxies.length > 0 ? listOf(trustedProxies) : undefined
  return ({ headers, socket }) => {
    const peer = plain(socket.remoteAddress ?? '')
    if (trusted === undefined) return peer
    const told = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
    let address = peer
    for (const hop of told.slice(-hopsMax).toReversed().map(plain)) {
      if (!has(trusted, address) || isIP(hop) === 0) return address
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

function listOf(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    const length = Number(bits ?? (family === 'ipv6' ? 128 : 32))
    if (
      isIP(address) === 0 ||
      !Number.isInteger(length) ||
      length < 0 ||
      length > (family === 'ipv6' ? 128 : 32)
    )
      throw new Error(
        `'${entry}' is no trusted proxy: give addresses or networks, like 10.0.0.1 or 10.0.0.0/8`,
      )
    list.addSubnet(address, length, family)
  }
  return list
}

function has(list: BlockList, address: string): boolean {
  return isIP(address) !== 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/** IPv4 in the clothes of IPv6 is IPv4. */
function plain(address: string): string {
  return address.trim().replace(/^::ffff:(?=\d+\.)/i, '')
}
