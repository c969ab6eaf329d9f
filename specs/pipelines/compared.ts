/**
 * What names are compared by. Upper and lower case are one, and so are the two ways to write an accent: systems differ in
 * both, and copying files from one to another changes them.
 */
export function keyOf(text: string): string {
  // Nearly all names are plain letters, for which there is nothing to compose.
  if (isPlain(text)) return text.toLowerCase()
  return text.normalize('NFC').toLowerCase().normalize('NFC')
}

export function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false
  return true
}
