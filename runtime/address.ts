/** FNV-1a over the UTF-8 bytes of `kind/key`: the same function exists in SQL, for plain SQL senders. */
export function shardOf(kind: string, key: string, shards: number): number {
  let hash = mixed(0x811c9dc5, kind)
  hash = Math.imul(hash ^ 0x2f, 0x01000193)
  return (mixed(hash, key) >>> 0) % shards
}

function mixed(start: number, text: string): number {
  let hash = start
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit > 0x7f) return mixedBytes(start, text)
    hash = Math.imul(hash ^ unit, 0x01000193)
  }
  return hash
}

function mixedBytes(start: number, text: string): number {
  let hash = start
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash
}
