/** Ways to spoil an input: each takes a good one and makes something of it that nobody expects. */
import fc from 'fast-check'

/** One request, ready to be sent. */
export interface Input {
  readonly params: Readonly<Record<string, string>>
  /** As it stands after the question mark. */
  readonly search: string
  readonly body: Buffer | undefined
  readonly headers: Readonly<Record<string, string>>
}

/** What an input is made of, before it is spoilt. */
export interface Draft {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
}

type Path = readonly (string | number)[]

/** Values that code stumbles over. */
const traps: readonly unknown[] = [
  null,
  true,
  0,
  -0,
  -1,
  1.5,
  2 ** 31,
  2 ** 53,
  Number.MAX_SAFE_INTEGER,
  // One more than dates go.
  8_640_000_000_000_001,
  1e300,
  -1e300,
  '',
  ' ',
  'null',
  '0',
  '\0',
  '\ud800',
  '\u202e\u200b\ufeff',
  'a'.repeat(100_000),
  '💥'.repeat(300),
  '\'; drop table "user"; --',
  '../../../etc/passwd',
  '${7*7}{{7*7}}',
  '<script>alert(1)</script>',
  '%00%ff',
  '2026-01-01T00:00:00Z',
  [],
  {},
  [[]],
  [null],
  { toString: 1, valueOf: 1, constructor: 1, then: 1 },
  { length: 1e9 },
  JSON.parse('{"__proto__":{"polluted":true}}'),
  JSON.parse('{"constructor":{"prototype":{"polluted":true}}}'),
  Array.from({ length: 5_000 }, () => 0),
  nested(60),
]

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

/** A value in which one place was changed: replaced by a trap, taken away, or given a neighbour. */
export function spoilt(value: unknown): fc.Arbitrary<unknown> {
  const path = fc.constantFrom(...pathsIn(value))
  const trap = fc.constantFrom(...traps)
  return fc.oneof(
    fc.tuple(path, trap).map(([at, other]) => changed(value, at, () => other)),
    path.map((at) => changed(value, at, () => undefined)),
    fc.tuple(path, trap).map(([at, extra]) => changed(value, at, (old) => beside(old, extra))),
    fc.tuple(path, fc.constantFrom(-1, 1)).map(([at, by]) => changed(value, at, (old) => stepped(old, by))),
  )
}

function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...path, key]))]
}

function changed(value: unknown, [key, ...rest]: Path, change: (old: unknown) => unknown): unknown {
  if (key === undefined) return change(value)
  if (Array.isArray(value))
    return value.map((item: unknown, at) => (at === Number(key) ? changed(item, rest, change) : item))
  const copy: Record<string, unknown> = { ...(value as Record<string, unknown>) }
  copy[key] = changed(copy[key], rest, change)
  return copy
}

function beside(old: unknown, extra: unknown): unknown {
  if (Array.isArray(old)) return [...(old as unknown[]), extra]
  if (typeof old === 'object' && old !== null) return { ...old, unexpected: extra }
  return [old, extra]
}

function stepped(old: unknown, by: number): unknown {
  if (typeof old === 'number') return old + by
  if (typeof old === 'string') return by < 0 ? old.slice(0, -1) : `${old}x`
  return [old]
}

/** More than any route takes. */
const huge = Buffer.alloc(2 ** 20 + 1, ' ')

/** Bytes that are almost the JSON of a value, or nothing of the kind. */
export function spoiltBytes(value: unknown): fc.Arbitrary<Buffer> {
  const text = JSON.stringify(value) ?? ''
  return fc.oneof(
    fc.nat(text.length).map((end) => Buffer.from(text.slice(0, end))),
    fc
      .tuple(fc.nat(text.length), noises)
      .map(([at, noise]) => Buffer.from(text.slice(0, at) + noise + text.slice(at))),
    fc.constantFrom(
      Buffer.from(text.replace('{', '{"a":1,"a":2,')),
      Buffer.from(`${text}${text}`),
      Buffer.from(text.replaceAll(/\d+/g, 'NaN')),
      Buffer.from(text.replaceAll(/\d+/g, '1e999')),
      Buffer.from(text, 'utf16le'),
      Buffer.from('['.repeat(50_000)),
      Buffer.from(`{"a":${'['.repeat(2_000)}${']'.repeat(2_000)}}`),
      Buffer.from('{"__proto__":{"polluted":true}}'),
      huge,
    ),
    nonsense,
  )
}

// Made once: fast-check takes long to make them.
const noises = fc.string()
const nonsense = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))

export const oddHeaders: fc.Arbitrary<Readonly<Record<string, string>>> = fc.constantFrom(
  { 'content-type': 'text/plain' },
  { 'content-type': 'application/json; charset=utf-16' },
  { 'content-type': 'multipart/form-data; boundary=x' },
  { 'content-type': ';;;' },
  { 'content-encoding': 'gzip' },
  { 'content-encoding': 'br, gzip, x' },
  { accept: 'text/html' },
  { 'idempotency-key': '' },
  { 'idempotency-key': 'ä'.repeat(300) },
  { 'idempotency-key': 'same' },
  { 'x-forwarded-for': '1.1.1.1, , nonsense' },
  { origin: 'null' },
  { origin: 'http://elsewhere.test' },
  { cookie: 'safelight_session=;=;;safelight_session=ses_' },
  { cookie: '=' },
  { authorization: 'Bearer' },
  { authorization: 'Bearer a.b.c' },
  { authorization: `Bearer tok_${'x'.repeat(51)}` },
  { authorization: 'Basic OjpAOg==' },
  { range: 'bytes=0-,1-' },
  { 'if-none-match': '*' },
  { 'user-agent': 'x'.repeat(2_000) },
  { 'x-http-method-override': 'DELETE' },
  { 'x-safelight-boot': 'short' },
  { 'x-safelight-boot': 'another-start-of-it' },
  { 'x-safelight-protocol': '0' },
  { 'x-safelight-protocol': '99' },
  { 'x-safelight-protocol': 'one' },
)
