/**
 * Arrays in Postgres's binary form. A thousand rows travel as a few dozen arrays; as text, quoting them here and
 * taking them apart there costs more than the rows' own insert.
 */

const typeOid = { bool: 16, int4: 23, int8: 20, text: 25 }
const headerBytes = 20
const nullLength = -1

/** Grows to the largest array so far and is used again for each. */
let scratch = Buffer.allocUnsafe(64 * 1024)

function room(at: number, bytes: number) {
  if (at + bytes <= scratch.length) return
  const larger = Buffer.allocUnsafe(Math.max(2 * scratch.length, at + bytes))
  scratch.copy(larger, 0, 0, at)
  scratch = larger
}

/** One dimension, from index 1 on. */
function header(buffer: Buffer, type: number, length: number, nulls: boolean) {
  buffer.writeInt32BE(length === 0 ? 0 : 1, 0)
  buffer.writeInt32BE(nulls ? 1 : 0, 4)
  buffer.writeInt32BE(type, 8)
  buffer.writeInt32BE(length, 12)
  buffer.writeInt32BE(1, 16)
}

function empty(type: number): Buffer {
  const buffer = Buffer.alloc(12)
  buffer.writeInt32BE(type, 8)
  return buffer
}

export function int4Array<Row>(rows: readonly Row[], of: (row: Row) => number): Buffer {
  if (rows.length === 0) return empty(typeOid.int4)
  const buffer = Buffer.allocUnsafe(headerBytes + 8 * rows.length)
  header(buffer, typeOid.int4, rows.length, false)
  let at = headerBytes
  for (const row of rows) {
    buffer.writeInt32BE(4, at)
    buffer.writeInt32BE(of(row), at + 4)
    at += 8
  }
  return buffer
}

export function int8Array<Row>(rows: readonly Row[], of: (row: Row) => number): Buffer {
  if (rows.length === 0) return empty(typeOid.int8)
  const buffer = Buffer.allocUnsafe(headerBytes + 12 * rows.length)
  header(buffer, typeOid.int8, rows.length, false)
  let at = headerBytes
  for (const row of rows) {
    const value = of(row)
    buffer.writeInt32BE(8, at)
    buffer.writeInt32BE(Math.floor(value / 0x100000000), at + 4)
    buffer.writeUInt32BE(value >>> 0, at + 8)
    at += 12
  }
  return buffer
}

export function boolArray<Row>(rows: readonly Row[], of: (row: Row) => boolean): Buffer {
  if (rows.length === 0) return empty(typeOid.bool)
  const buffer = Buffer.allocUnsafe(headerBytes + 5 * rows.length)
  header(buffer, typeOid.bool, rows.length, false)
  let at = headerBytes
  for (const row of rows) {
    buffer.writeInt32BE(1, at)
    buffer[at + 4] = of(row) ? 1 : 0
    at += 5
  }
  return buffer
}

export function textArray<Row>(rows: readonly Row[], of: (row: Row) => string | null): Buffer {
  if (rows.length === 0) return empty(typeOid.text)
  let at = headerBytes
  let nulls = false
  for (const row of rows) {
    const text = of(row)
    // No UTF-16 unit takes more than three bytes of UTF-8.
    room(at, 4 + (text === null ? 0 : 3 * text.length))
    if (text === null) {
      nulls = true
      scratch.writeInt32BE(nullLength, at)
      at += 4
    } else {
      const bytes = scratch.write(text, at + 4, 'utf8')
      scratch.writeInt32BE(bytes, at)
      at += 4 + bytes
    }
  }
  header(scratch, typeOid.text, rows.length, nulls)
  return Buffer.from(scratch.subarray(0, at))
}
