/** The files of one capture, at one stage of the work on it. */
import { anyCase, type Plan } from './entries.ts'
import type { Random } from './random.ts'
import type { Stage } from './stages.ts'

export interface Capture {
  readonly folder: string
  readonly base: string
  /** The number of a separate image, or nothing. */
  readonly suffix: string
  readonly stage: Stage
  readonly messy: boolean
}

type Place = 'in' | 'deep' | 'backup' | 'xmp'
type File = readonly [place: Place, name: string]

export function addCapture(plan: Plan, random: Random, capture: Capture): void {
  const { folder, base, suffix, stage, messy } = capture
  const deep = messy && random.chance(1, 6) ? `${folder}/Edited` : folder
  const tail = suffix === '' ? '' : `-${suffix}`
  const ext = (extension: string) => anyCase(random, extension, messy)
  const raw = ext('.cr3')
  const places: Record<Place, string> = {
    in: folder,
    deep,
    backup: `${folder} (backup)`,
    xmp: `${folder}/xmp`,
  }
  for (const [place, name] of filesAt(stage, { base, suffix, tail, raw, ext, random }))
    plan.add(places[place], name)
}

interface Drawing {
  readonly base: string
  readonly suffix: string
  readonly tail: string
  readonly raw: string
  readonly ext: (extension: string) => string
  readonly random: Random
}

function filesAt(stage: Stage, drawing: Drawing): readonly File[] {
  const { base, tail, raw, ext } = drawing
  const lone = loneFiles[stage]
  if (lone !== undefined) return [['in', base + tail + lone(drawing)]]
  const start: File[] = [
    ['in', base + tail + raw],
    ['in', base + tail + ext('.xmp')],
  ]
  const odd = oddFiles[stage]?.(drawing)
  if (odd !== undefined) return odd
  const edited = editedFiles[stage]?.(drawing, deepIn(drawing)) ?? []
  return [...(stage === 'missing_raw' ? start.slice(1) : start), ...edited]
}

type Deep = (methods: string, extension: string) => File

function deepIn({ base, tail, ext }: Drawing): Deep {
  return (methods, extension) => ['deep', base + methods + tail + ext(extension)]
}

/** All that there is. */
const loneFiles: Partial<Record<Stage, (drawing: Drawing) => string>> = {
  raw_only: ({ raw }) => raw,
  xmp_only: ({ ext }) => ext('.xmp'),
  jpg_only: ({ ext }) => ext('.jpg'),
}

const dxo = '-DxO_DeepPRIME_XD2s'

/** What there is besides the raw file and its sidecar. */
const editedFiles: Partial<Record<Stage, (drawing: Drawing, deep: Deep) => readonly File[]>> = {
  dng: (_, deep) => [deep(dxo, '.dng')],
  missing_raw: (_, deep) => [deep(dxo, '.dng')],
  dng3: (_, deep) => [deep('-DxO_DeepPRIME_XD3', '.dng')],
  dng_tif: (_, deep) => [deep(dxo, '.dng'), deep(dxo, '.tif')],
  full: (_, deep) => [
    deep(dxo, '.dng'),
    deep(dxo, '.tif'),
    deep(`${dxo}-lowres`, '.jpg'),
    deep(`${dxo}-lowres-hires`, '.jpg'),
  ],
  tif: (_, deep) => [deep('', '.tif')],
  rawjpg: ({ base, tail, ext }) => [['in', base + tail + ext('.jpg')]],
  rawdngjpg: ({ base, tail, ext }) => [
    ['in', base + tail + ext('.jpg')],
    ['in', base + tail + ext('.dng')],
  ],
  hdr: (_, deep) => [deep('-HDR', '.dng')],
  bw: (_, deep) => [deep('-HDR-BW', '.tif'), deep('-BW', '.tif')],
  edits: ({ random }, deep) => {
    const count = 1 + random.below(7)
    const edits = Array.from({ length: count }, () => `-${random.pick(['Edit', 'topaz', 'Edit'])}`)
    return [deep(edits.join(''), '.tif')]
  },
  spaced: (_, deep) => [deep('-Focus Stack', '.tiff'), deep('-property 2_x', '.tif')],
  sfx_first: ({ base, suffix, ext }) => [['deep', `${base}-${suffix || '2'}-HDR${ext('.dng')}`]],
  two_nums: ({ base, ext }) => [['deep', `${base}-2-2024${ext('.dng')}`]],
  extra: (_, deep) => [deep('', '.psd'), deep('-Test', '.tif'), deep(dxo, '.dng')],
  method_xmp: (_, deep) => [deep(dxo, '.dng'), deep(dxo, '.xmp')],
  dup_other_folder: ({ base, tail, raw }) => [['backup', base + tail + raw]],
}

/** Where the sidecar is called differently or lies elsewhere, it is drawn a second time. */
const oddFiles: Partial<Record<Stage, (drawing: Drawing) => readonly File[]>> = {
  darktable: ({ base, tail, raw, ext }) => [
    ['in', base + tail + raw],
    ['in', base + tail + raw + ext('.xmp')],
  ],
  lower_xmp: ({ base, tail, raw, ext }) => [
    ['in', base + tail + raw],
    ['in', (base + tail).toLowerCase() + ext('.xmp')],
  ],
  xmp_elsewhere: ({ base, tail, raw, ext }) => [
    ['in', base + tail + raw],
    ['xmp', base + tail + ext('.xmp')],
  ],
}
