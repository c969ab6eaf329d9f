/** Groups photos by camera and counter, and counts images by camera and by what was done to them. */
import { cameraOf, methodLabel, type Camera, type ShuttersenseConfiguration } from './configuration.ts'
import type { Grouped } from './groups.ts'

type Configuration = Pick<ShuttersenseConfiguration, 'camera_mappings' | 'processing_methods'>

export interface PairingAnalytics {
  readonly group_count: number
  readonly image_count: number
  readonly file_count: number
  readonly camera_usage: Readonly<Record<string, number>>
  readonly method_usage: Readonly<Record<string, number>>
}

export interface PairingReport {
  readonly files_scanned: number
  readonly issues_found: number
  readonly results: PairingAnalytics & { readonly invalid_files_count: number }
}

export function photoPairing(grouped: Grouped, configuration: Configuration): PairingReport {
  const analytics = analyticsOf(grouped, configuration)
  const invalid_files_count = grouped.invalid.length
  return {
    files_scanned: analytics.file_count,
    issues_found: invalid_files_count,
    results: { ...analytics, invalid_files_count },
  }
}

function analyticsOf({ groups }: Grouped, configuration: Configuration): PairingAnalytics {
  const cameras = new Counts((id) => cameraOf(configuration.camera_mappings, id).name ?? id)
  const methods = new Counts((keyword) => methodLabel(configuration.processing_methods, keyword))
  let files = 0
  let images = 0
  for (const group of groups) {
    images += group.images.size
    cameras.add(group.camera, group.images.size)
    for (const image of group.images.values()) {
      files += image.files.length
      for (const method of image.methods) methods.add(method, 1)
    }
  }
  return {
    group_count: groups.length,
    image_count: images,
    file_count: files,
    camera_usage: cameras.byLabel(),
    method_usage: methods.byLabel(),
  }
}

/** Counts by name; names that share a label are counted together. */
class Counts {
  readonly #counts = new Map<string, number>()
  readonly #label: (name: string) => string

  constructor(label: (name: string) => string) {
    this.#label = label
  }

  add(name: string, count: number): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count)
  }

  byLabel(): Record<string, number> {
    const labelled = new Map<string, number>()
    for (const [name, count] of this.#counts) {
      const label = this.#label(name)
      labelled.set(label, (labelled.get(label) ?? 0) + count)
    }
    return Object.fromEntries(labelled)
  }
}

/** What is known of each camera that has taken something. */
export function camerasOf({ groups }: Grouped, { camera_mappings }: Configuration): Record<string, Camera> {
  const ids = new Set(groups.map(({ camera }) => camera))
  return Object.fromEntries(Array.from(ids, (id) => [id, cameraOf(camera_mappings, id)]))
}
