/**
 * Names as a file system has them: any bytes but two. Nearly all are UTF-8 and shown as they are; bytes that are none are
 * shown as \xNN, so that every file can be told of, in JSON too.
 */
import { isUtf8 } from 'node:buffer'

export function shown(name: Buffer): string {
  if (isUtf8(name)) return name.toString('utf8')
  let text = ''
  for (let at = 0; at < name.length;) {
    const length = characterLength(name, at)
    const first = name[at] ?? 0
    text += length > 0 ? name.toString('utf8', at, at + length) : `\\x${first.toString(16).padStart(2, '0')}`
    at += Math.max(length, 1)
  }
  return text
}

/** How many bytes the character at a place has; 0 where there is none. */
function characterLength(name: Buffer, at: number): number {
  for (let length = 1; length <= 4 && at + length <= name.length; length++)
    if (isUtf8(name.subarray(at, at + length))) return length
  return 0
}

const extensionMax = 32

export interface Parts {
  /** What a picture and its sidecar have in common: case and the spelling of accents do not count. */
  readonly stem: string
  /** In lower case, with its dot; '' where there is none. */
  readonly extension: string
}

/** Takes a name apart at its last dot. A dot at the beginning hides a file and begins no extension. */
export function partsOf(name: Buffer): Parts {
  const dot = name.lastIndexOf(dotByte)
  if (dot <= 0 || dot === name.length - 1 || name.length - dot > extensionMax)
    return { stem: keyOf(name), extension: '' }
  return { stem: keyOf(name.subarray(0, dot)), extension: shown(name.subarray(dot)).toLowerCase() }
}

const dotByte = 0x2e

/** Byte by byte a character where it is no UTF-8, so that different names stay different. */
function keyOf(name: Buffer): string {
  return isUtf8(name) ? name.toString('utf8').normalize('NFC').toLowerCase() : name.toString('latin1')
}
