/** Texts as Python sees them: by code points, and with its idea of a digit. */

/** Compares by code points, which is the order of the UTF-8 bytes. JavaScript's own goes by UTF-16 units. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  let at = 0
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at++
  if (at === length) return a.length - b.length
  // The second half of a pair says nothing without the first.
  const pair = at > 0 && (a.charCodeAt(at - 1) & 0xfc00) === 0xd800 ? at - 1 : at
  const difference = (a.codePointAt(pair) ?? 0) - (b.codePointAt(pair) ?? 0)
  return difference !== 0 ? difference : a.charCodeAt(at) - b.charCodeAt(at)
}

const beyondBasic = /[\ud800-\uffff]/

/** In the order of compareText; by the faster order of JavaScript where that is the same. */
export function sortedTexts(texts: Iterable<string>): string[] {
  const list = [...texts]
  if (list.length < 2) return list
  return list.some((text) => beyondBasic.test(text)) ? list.sort(compareText) : list.sort()
}

export function sortedBy<Item>(items: Iterable<Item>, textOf: (item: Item) => string): Item[] {
  const list = [...items]
  if (list.length < 2) return list
  const plain = !list.some((item) => beyondBasic.test(textOf(item)))
  const compare = plain ? (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0) : compareText
  return list.sort((a, b) => compare(textOf(a), textOf(b)))
}

/** Decimal digits of all scripts, and what else has a digit's value: superscripts, circled ones and the like. */
const digits =
  /^[\p{Nd}\u{b2}\u{b3}\u{b9}\u{1369}-\u{1371}\u{19da}\u{2070}\u{2074}-\u{2079}\u{2080}-\u{2089}\u{2460}-\u{2468}\u{2474}-\u{247c}\u{2488}-\u{2490}\u{24ea}\u{24f5}-\u{24fd}\u{24ff}\u{2776}-\u{277e}\u{2780}-\u{2788}\u{278a}-\u{2792}\u{10a40}-\u{10a43}\u{10e60}-\u{10e68}\u{11052}-\u{1105a}\u{1f100}-\u{1f10a}]+$/u

export function isAllDigits(text: string): boolean {
  const first = text.charCodeAt(0)
  // Names are ASCII, nearly always: the first letter says that it is no digit.
  if (first < 0x30 || (first > 0x39 && first < 0x80)) return false
  return digits.test(text)
}

export function hasLowercase(text: string): boolean {
  return /\p{Lowercase}/u.test(text)
}
