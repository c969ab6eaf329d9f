/** Trees with the names that cameras give, for pipelines that say by a pattern what a name means. */
import { anyCase, cameras, padded, type Plan } from './entries.ts'
import type { Random } from './random.ts'

export function fillCustom(plan: Plan, random: Random, files: number): void {
  let folder = 'DCIM/100CANON'
  for (let round = 1; plan.entries.length < files; round++) {
    if (round % 40 === 0)
      folder = `DCIM/${100 + random.below(30)}${random.pick(['CANON', 'MSDCF', 'APPLE', '_FUJI'])}`
    const counter = 1 + random.below(9999)
    const style = Math.max(random.below(12), 2)
    const ext = (extension: string) => anyCase(random, extension, true)
    styles[style - 2]?.({ random, ext, add: (name) => plan.add(folder, name) }, padded(counter, 4), counter)
  }
  plan.entries = plan.entries.slice(0, files)
}

interface Tree {
  readonly random: Random
  readonly ext: (extension: string) => string
  readonly add: (name: string) => void
}
type Style = (tree: Tree, four: string, counter: number) => void

const styles: readonly Style[] = [
  ({ add, ext, random }, four) => {
    add(`IMG_${four}${ext('.cr3')}`)
    if (random.chance(2, 3)) add(`IMG_${four}${ext('.xmp')}`)
    if (random.chance(1, 2)) add(`IMG_${four}${ext('.jpg')}`)
    if (random.chance(1, 4)) add(`IMG_${four}-Edit${ext('.jpg')}`)
  },
  ({ add, ext }, four) => {
    add(`DSC_${four}${ext('.cr3')}`)
    add(`DSC_${four}-2-Edit${ext('.jpg')}`)
  },
  ({ add, ext }, _, counter) => {
    add(`DSC${padded(counter, 5)}${ext('.arw')}`)
    add(`DSC${padded(counter, 5)}${ext('.jpg')}`)
  },
  ({ add, ext }, four) => {
    add(`_MG_${four}${ext('.cr3')}`)
    add(`_MG_${four}${ext('.xmp')}`)
  },
  ({ add, ext, random }, four) => add(`${four}_${random.pick(['SONY', 'NIKON', 'FUJI'])}${ext('.arw')}`),
  ({ add, ext }, four) => {
    add(`${four}_SONY-HDR${ext('.jpg')}`)
    add(`${four}_SONY--HDR${ext('.jpg')}`)
    add(`${four}_SONY-${ext('.jpg')}`)
  },
  ({ add, ext }, four) => {
    add(`IMG_${four} (2)${ext('.jpg')}`)
    add(`IMG_E${four}${ext('.heic')}`)
    add(`IMG_${four}${ext('.heic')}`)
  },
  ({ add, ext }, four) => {
    add(`IMG_${four}Edit${ext('.jpg')}`)
    add(`IMG_${four}--2${ext('.jpg')}`)
    add(`IMG${four}-2-3${ext('.jpg')}`)
  },
  ({ add, ext }, four, counter) => {
    add(`P${1_000_000 + counter}${ext('.jpg')}`)
    add(`img_${four}${ext('.jpg')}`)
  },
  ({ add, ext, random }, four) => {
    const stem = `${random.pick(cameras)}${four}${random.pick(['', '-HDR', '-BW', '-Mono', '-2'])}`
    add(`${stem}${ext(random.pick(['.cr3', '.dng', '.tif', '.xmp']))}`)
  },
]
