/**
 * How far apart files may lie and still be one photo's. Cameras count to 9999 and begin again, so the same name in another
 * folder is another photo, unless that folder is known to hold what was made of this one's.
 */
import { keyOf } from '#specs/pipelines/compared.ts'
import type { PhotoConfig } from '#specs/pipelines/photo-config.ts'

export class Scopes {
  readonly #whole: boolean
  readonly #siblings: ReadonlySet<string>
  #last = { folder: '', scope: '' }

  constructor({ scope, siblingFolders }: Pick<PhotoConfig, 'scope' | 'siblingFolders'>) {
    this.#whole = scope === 'collection'
    this.#siblings = new Set(siblingFolders.map(keyOf))
  }

  /** A folder is named from the collection's own, with slashes; that one is ''. */
  of(folder: string): string {
    if (this.#whole) return ''
    if (folder !== this.#last.folder) this.#last = { folder, scope: this.#without(folder) }
    return this.#last.scope
  }

  /** `2024/trip/Edited/xmp` belongs to `2024/trip`. */
  #without(folder: string): string {
    let scope = folder
    for (;;) {
      const slash = scope.lastIndexOf('/')
      if (scope === '' || !this.#siblings.has(keyOf(scope.slice(slash + 1)))) return scope
      scope = slash < 0 ? '' : scope.slice(0, slash)
    }
  }
}

/** What a photo is: no part but the scope can have a slash in it, so different ones never look the same. */
export function photoKey(scope: string, { camera, counter }: { camera: string; counter: string }): string {
  return `${scope}/${keyOf(camera)}/${keyOf(counter)}`
}
