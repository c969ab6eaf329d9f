/**
 * Photos whose files lie in several places that do not belong together. It may be one photo torn apart, or two that share
 * a number because a camera has begun to count again: nobody can tell from names, so it is told, and nothing made of it.
 */
import type { Image, ScannedFile } from './group.ts'

export interface Spread {
  readonly camera: string
  readonly counter: string
  /** In alphabetical order. */
  readonly scopes: readonly string[]
}
export interface Spreads {
  readonly count: number
  /** The first ones by camera and counter. */
  readonly items: readonly Spread[]
}

/** A photo is spread over a few folders; of one in more, the first are told. */
const scopesMax = 20

/** By camera and counter: the one scope that nearly all photos have, as a text; more of them as a list. Plain data, for threads. */
export type PhotoScopes = Map<string, string | string[]>

/** Scopes come in any order, each once. */
export function addScope(
  to: PhotoScopes,
  scope: string,
  images: readonly Pick<Image<ScannedFile>, 'camera' | 'counter'>[],
): void {
  let last = ''
  for (const { camera, counter } of images) {
    const key = `${camera}/${counter}`
    // The separate images of one photo follow each other.
    if (key !== last) add(to, key, scope)
    last = key
  }
}

export function mergeScopes(into: PhotoScopes, other: PhotoScopes): void {
  for (const [key, scopes] of other)
    for (const scope of typeof scopes === 'string' ? [scopes] : scopes) add(into, key, scope)
}

export function spreadsIn(all: PhotoScopes, itemsMax: number): Spreads {
  const spread = [...all].filter((entry): entry is [string, string[]] => typeof entry[1] !== 'string')
  const items = spread.toSorted(([a], [b]) => (a < b ? -1 : 1)).slice(0, itemsMax)
  return {
    count: spread.length,
    items: items.map(([key, scopes]) => {
      const [camera = '', counter = ''] = key.split('/')
      return { camera, counter, scopes: scopes.toSorted().slice(0, scopesMax) }
    }),
  }
}

function add(all: PhotoScopes, key: string, scope: string): void {
  const known = all.get(key)
  if (known === undefined) all.set(key, scope)
  else if (typeof known === 'string') {
    if (known !== scope) all.set(key, [known, scope])
  } else known.push(scope)
}
