/** What is said on a socket: good payloads of an event, made from its schema, and ones that are spoilt; and packets that are none. */
import fc from 'fast-check'
import type * as z from 'zod'
import { spoilt, spoiltBytes } from './harm.ts'
import { anything, valuesOf, type Words } from './values.ts'

/** What stands after the event's name. */
export type Said = readonly unknown[]

/** As many as asked for; the same seed makes the same. With `odd` ones that are no JSON, or large. */
export function payloadsFor(
  schema: z.ZodType,
  count: number,
  seed: number,
  words: Words,
  odd = true,
): Said[] {
  const good = valuesOf(schema, words)
  const said = fc.oneof(
    { weight: 3, arbitrary: good.map((payload) => [payload]) },
    { weight: 6, arbitrary: good.chain(spoilt).map((payload) => [payload]) },
    {
      weight: 2,
      arbitrary: good
        .chain(spoilt)
        .chain(spoilt)
        .map((payload) => [payload]),
    },
    { weight: 1, arbitrary: anything.map((payload) => [payload]) },
    { weight: odd ? 1 : 0, arbitrary: good.chain(oddly) },
  )
  return fc.sample(said, { numRuns: count, seed })
}

/** Not one payload, or one that is no JSON. */
function oddly(payload: unknown): fc.Arbitrary<Said> {
  return fc.constantFrom<Said>(
    [],
    [payload, payload],
    [[payload]],
    [Buffer.from('bytes')],
    [Buffer.alloc(1_000_000)],
    [{ ...(payload as object), more: Buffer.from('bytes') }],
    [Object.fromEntries(Object.keys(payload as object).map((name) => [name, Buffer.from(name)]))],
    ['x'.repeat(1_500_000)],
    [Array.from({ length: 200_000 }, () => null)],
    [nestedDeeply()],
  )
}

function nestedDeeply(): unknown {
  let value: unknown = 1
  for (let level = 0; level < 2_000; level++) value = [value]
  return value
}

/** Frames of a web socket. Some of the packets would be right, had they not been spoilt. */
export function packetsFor(
  packets: readonly string[],
  count: number,
  seed: number,
): (string | Uint8Array<ArrayBuffer>)[][] {
  const frame = fc.oneof(
    fc.constantFrom(...packets).chain((packet) => spoiltText(packet)),
    fc.constantFrom(...packets),
    fc.constantFrom('', '0', '1', '2', '3', '5', '6', '40', '41', '42', '43', '44', '45', '46', '4'),
    fc.constantFrom('42[]', '42["connect"]', '42["disconnect"]', '42["__proto__"]', '42[{}]', '42[null]'),
    fc.constantFrom(
      '451-["a",{"_placeholder":true,"num":9}]',
      '4599999999-["a"]',
      '42/none,["a"]',
      '43/agent,9[]',
    ),
    fc.string({ maxLength: 60 }),
    spoiltBytes({ type: 2, data: ['hello'] }).map((bytes) => new Uint8Array(bytes)),
  )
  return fc.sample(fc.array(frame, { minLength: 1, maxLength: 6 }), { numRuns: count, seed })
}

const noises = fc.string({ maxLength: 6 })

function spoiltText(text: string): fc.Arbitrary<string> {
  return fc
    .tuple(fc.nat(text.length), fc.nat(4), noises)
    .map(([at, gone, noise]) => text.slice(0, at) + noise + text.slice(at + gone))
}
