/**
 * Which sidecar belongs to which photo. Both customs count: X.xmp belongs to all photos called X, X.CR3.xmp to X.CR3 alone;
 * and X_01.CR3.xmp, which darktable writes for another version of X.CR3, to that.
 */
import type { FileName } from './file-name.ts'

export interface Named {
  readonly name: FileName
}
export interface Linked<File extends Named> {
  /** The photos that a sidecar belongs to; sidecars of one name have one list. */
  readonly owners: ReadonlyMap<File, readonly File[]>
  readonly photosWithoutSidecar: readonly File[]
  readonly sidecarsWithoutPhoto: readonly File[]
}

/** All files are of one scope. `needSidecar`: endings of photos that have to have one. */
export function linkSidecars<File extends Named>(
  photos: readonly File[],
  sidecars: readonly File[],
  needSidecar: ReadonlySet<string>,
): Linked<File> {
  const ownersOf = new Map<string, File[]>(sidecars.map(({ name }) => [name.key, []]))
  const covered = new Set<File>()
  const own = (photo: File, name: string): void => {
    const owners = ownersOf.get(name)
    if (owners === undefined) return
    owners.push(photo)
    covered.add(photo)
  }
  const withEnding = sidecars.some(({ name }) => name.key.includes('.'))
  for (const photo of sidecars.length > 0 ? photos : []) {
    own(photo, photo.name.key)
    if (withEnding) own(photo, photo.name.key + photo.name.extension)
  }
  addVersions(photos, ownersOf, covered)
  const owners = new Map(sidecars.map((sidecar) => [sidecar, ownersOf.get(sidecar.name.key) ?? []]))
  return {
    owners,
    photosWithoutSidecar: photos.filter(
      (photo) => needSidecar.has(photo.name.extension) && !covered.has(photo),
    ),
    sidecarsWithoutPhoto: sidecars.filter((sidecar) => owners.get(sidecar)?.length === 0),
  }
}

const version = /_\d\d(\.[a-z0-9]+)$/

/** For sidecars that belong to nothing otherwise. */
function addVersions<File extends Named>(
  photos: readonly File[],
  ownersOf: ReadonlyMap<string, File[]>,
  covered: Set<File>,
): void {
  const versions = [...ownersOf].filter(([key, owners]) => owners.length === 0 && version.test(key))
  if (versions.length === 0) return
  const wanted = new Map(versions.map(([key]) => [key.replace(version, '$1'), [] as File[][]]))
  for (const [key, owners] of versions) wanted.get(key.replace(version, '$1'))?.push(owners)
  for (const photo of photos)
    for (const owners of wanted.get(photo.name.key + photo.name.extension) ?? []) {
      owners.push(photo)
      covered.add(photo)
    }
}
