/** How often which stage of the work is found in which tree, and what lies about besides. */
import { padded } from './entries.ts'

export type Stage =
  | 'raw_only'
  | 'xmp_only'
  | 'jpg_only'
  | 'imported'
  | 'dng'
  | 'dng3'
  | 'dng_tif'
  | 'full'
  | 'tif'
  | 'rawjpg'
  | 'rawdngjpg'
  | 'hdr'
  | 'bw'
  | 'edits'
  | 'spaced'
  | 'sfx_first'
  | 'two_nums'
  | 'missing_raw'
  | 'extra'
  | 'method_xmp'
  | 'darktable'
  | 'lower_xmp'
  | 'xmp_elsewhere'
  | 'dup_other_folder'

type Weighted = readonly (readonly [Stage, number])[]

export const stages: Readonly<Record<'clean' | 'messy' | 'loops' | 'dirs', Weighted>> = {
  clean: [
    ['dng', 3],
    ['dng_tif', 3],
    ['full', 3],
    ['tif', 1],
  ],
  messy: [
    ['raw_only', 8],
    ['xmp_only', 3],
    ['jpg_only', 2],
    ['imported', 10],
    ['dng', 10],
    ['dng3', 3],
    ['dng_tif', 8],
    ['full', 10],
    ['tif', 4],
    ['rawjpg', 5],
    ['rawdngjpg', 2],
    ['hdr', 4],
    ['bw', 3],
    ['edits', 4],
    ['spaced', 2],
    ['sfx_first', 2],
    ['two_nums', 1],
    ['missing_raw', 3],
    ['extra', 3],
    ['method_xmp', 3],
    ['darktable', 2],
    ['lower_xmp', 2],
    ['xmp_elsewhere', 3],
    ['dup_other_folder', 4],
  ],
  loops: [
    ['edits', 10],
    ['tif', 2],
    ['imported', 3],
    ['dng', 3],
    ['full', 2],
    ['two_nums', 1],
    ['sfx_first', 2],
    ['dup_other_folder', 3],
  ],
  dirs: [
    ['imported', 4],
    ['raw_only', 1],
    ['dng', 3],
    ['full', 2],
  ],
}

/** Names that are nearly right. */
export const invalidNames: readonly ((camera: string, counter: number) => string)[] = [
  (c, n) => (c.toLowerCase() === c ? `ab3d${padded(n, 4)}.CR3` : `${c.toLowerCase()}${padded(n, 4)}.CR3`),
  (c) => `${c}0000.dng`,
  (c, n) => `${c}${padded(n % 1000, 3)}.cr3`,
  (c, n) => `${c}${padded(n, 5)}.cr3`,
  (c, n) => `${c.slice(0, 3)}${padded(n, 4)}.dng`,
  (c, n) => `${c}E${padded(n, 4)}.dng`,
  (c, n) => `${c}${padded(n, 4)}-.dng`,
  (c, n) => `${c}${padded(n, 4)}--HDR.dng`,
  (c, n) => `${c}${padded(n, 4)}-HDR-.tif`,
  (c, n) => `${c}${padded(n, 4)}-@#$.dng`,
  (c, n) => `${c}${padded(n, 4)} copy.CR3`,
  (c, n) => `${c}${padded(n, 4)}(1).CR3`,
  (c, n) => `${c}${padded(n, 4)}_edit.tif`,
  (c, n) => `${c}${padded(n, 4)}-HDR.v2.tif`,
  (c, n) => `${c}${padded(n, 4)}-Noël.tif`,
  (c, n) => `${c} ${padded(n, 4)}.dng`,
  (_, n) => `IMG_${padded(n, 4)}.JPG`,
  (_, n) => `DSC${padded(n, 5)}.dng`,
  (c, n) => `${c.slice(0, 2)}-${padded(n, 4)}.cr3`,
  (_, n) => `${padded(n, 4)}.cr3`,
  (c) => `${c}.cr3`,
  (c, n) => `${c}${padded(n, 4)}-a+b.tif`,
  (c) => `${c.slice(0, 1)}.tif`,
  (c, n) => `-${c}${padded(n, 4)}.dng`,
  (c, n) => ` ${c}${padded(n, 4)}.dng`,
]

export const junk = [
  'Thumbs.db',
  '.DS_Store',
  'desktop.ini',
  'notes.txt',
  'catalog.lrcat',
  'MVI_0042.MOV',
  'clip.mp4',
  'M0001.THM',
  'README',
  'list.csv',
  '.hidden',
  'checksums.md5',
  'ascmhl.mhl',
]
