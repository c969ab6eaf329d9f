/** Names as a file system has them: any bytes but two, nearly always UTF-8. */
import { isPlain, keyOf } from '#specs/pipelines/compared.ts'

export interface FileName {
  /** What people see: the name itself; bytes that are no UTF-8 as \xNN. */
  readonly shown: string
  /** Without its ending, accents in one piece. */
  readonly stem: string
  /** The stem as it is compared. */
  readonly key: string
  /** In lower case, with its dot; '' where there is none. */
  readonly extension: string
}

/** Longer endings are part of the name. */
const extensionMax = 32

/** Takes a name apart at its last dot. A dot at the beginning hides a file and begins no ending. */
export function fileNameOf(name: string | Uint8Array): FileName {
  if (typeof name === 'string') return splitText(name, name)
  const text = utf8(name)
  return text === null ? splitBytes(name) : splitText(text, text)
}

function splitText(name: string, shown: string): FileName {
  const dot = dotIn(name.lastIndexOf('.'), name.length)
  const start = dot < 0 ? name : name.slice(0, dot)
  const stem = isPlain(start) ? start : start.normalize('NFC')
  return { shown, stem, key: keyOf(stem), extension: dot < 0 ? '' : name.slice(dot).toLowerCase() }
}

function splitBytes(name: Uint8Array): FileName {
  const dot = dotIn(name.lastIndexOf(dotByte), name.length)
  const start = dot < 0 ? name : name.subarray(0, dot)
  // Byte by byte a character, so that different names stay different; no other key begins with a NUL.
  const key = `\0${Array.from(start, (byte) => String.fromCharCode(byte)).join('')}`
  const extension = dot < 0 ? '' : shownBytes(name.subarray(dot)).toLowerCase()
  return { shown: shownBytes(name), stem: shownBytes(start), key, extension }
}

const dotByte = 0x2e

function dotIn(dot: number, length: number): number {
  return dot <= 0 || dot === length - 1 || length - dot > extensionMax ? -1 : dot
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function utf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

function shownBytes(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const character = characterAt(bytes, at)
    text += character?.text ?? `\\x${(bytes[at] ?? 0).toString(16).padStart(2, '0')}`
    at += character?.length ?? 1
  }
  return text
}

const characterLengths = [1, 2, 3, 4] as const

function characterAt(bytes: Uint8Array, at: number): { text: string; length: number } | null {
  for (const length of characterLengths) {
    const text = at + length <= bytes.length ? utf8(bytes.subarray(at, at + length)) : null
    if (text !== null) return { text, length }
  }
  return null
}
