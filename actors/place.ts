/**
 * Folders as they are compared, to find out which agents look into the folder of a job. It is a comparison of names: an agent
 * itself follows links, and has the last word (agent/work/roots.ts). Case does not count, because on some machines it does not.
 */

/** The same for all spellings of a folder, with a slash at its end; null for what is no absolute path. */
export function placeOf(folder: string): string | null {
  const ofWindows = /^([A-Za-z]:[\\/]|\\\\)/.test(folder)
  const path = ofWindows ? folder.replaceAll('\\', '/') : folder
  const start = /^([A-Za-z]:\/|\/\/?)/.exec(path)?.[0]
  if (start === undefined) return null
  const steps: string[] = []
  for (const step of path.slice(start.length).split('/')) {
    if (step === '..') steps.pop()
    else if (step !== '' && step !== '.') steps.push(`${step}/`)
  }
  const from = ofWindows ? start : '/'
  return `${from}${steps.join('')}`.normalize().toLowerCase()
}

export function placesOf(roots: readonly string[]): string[] {
  return [...new Set(roots.flatMap((root) => placeOf(root) ?? []))]
}

/** Whether one of the roots holds the place. */
export function holds(roots: readonly string[], place: string): boolean {
  return roots.some((root) => place.startsWith(root))
}
