/** Trees of photos that somebody has worked on: captures with what each stage of the work leaves behind. */
import { addCapture } from './capture.ts'
import { cameras, padded, type Plan } from './entries.ts'
import type { Random } from './random.ts'
import { invalidNames, junk, stages } from './stages.ts'

type Profile = 'clean' | 'messy' | 'loops' | 'dirs'

const shoots = [
  'Wedding Smith',
  'Airshow',
  'Museum_Night',
  'Été à Paris',
  '東京',
  'Landscape (Iceland)',
  'Birds & Bees',
  'client#42',
  'Studio-Portraits',
]
const cleanShoots = ['Wedding', 'Airshow', 'Museum', 'Portraits']
const weightedCameras = cameras.map((camera, index) => [camera, index < 3 ? 12 : 2] as const)

export function fillWorkflow(plan: Plan, random: Random, files: number, profile: Profile): void {
  const counters = new Map<string, number>()
  const [shortest, spread] = profile === 'dirs' ? [3, 3] : [20, 60]
  let folder = folderOf(random, profile)
  let left = 0
  while (plan.entries.length < files) {
    if (left === 0) {
      folder = folderOf(random, profile)
      left = shortest + random.below(spread)
    }
    left -= 1
    const camera = random.weighted(weightedCameras)
    const counter = ((counters.get(camera) ?? 0) % 9999) + 1
    counters.set(camera, counter)
    if (!addStray(plan, random, profile, folder, camera, counter))
      addDrawnCapture(plan, random, profile, folder, camera, counter)
  }
}

function folderOf(random: Random, profile: Profile): string {
  const year = 2015 + random.below(11)
  const month = 1 + random.below(12)
  const day = 1 + random.below(28)
  const shoot = random.pick(profile === 'clean' ? cleanShoots : shoots)
  const folder = `${year}/${year}-${padded(month, 2)}-${padded(day, 2)} ${shoot}`
  if (profile !== 'dirs') return folder
  const levels = Array.from({ length: random.below(12) }, (_, level) => `lvl${level}`)
  return `${folder}/${levels.join('/')}`
}

/** Something that is no capture, now and then. */
function addStray(
  plan: Plan,
  random: Random,
  profile: Profile,
  folder: string,
  camera: string,
  counter: number,
): boolean {
  if (profile === 'clean') return false
  if (random.chance(1, 12)) {
    plan.add(folder, random.pick(invalidNames)(camera, counter))
    return true
  }
  if (profile === 'dirs') return false
  if (random.chance(1, 30)) {
    plan.add(folder, random.pick(junk))
    return true
  }
  if (!random.chance(1, 40)) return false
  plan.add(folder, `._${camera}${padded(counter, 4)}.CR3`)
  return true
}

function addDrawnCapture(
  plan: Plan,
  random: Random,
  profile: Profile,
  folder: string,
  camera: string,
  counter: number,
): void {
  const messy = profile !== 'clean'
  const hasSuffix = messy && random.chance(1, profile === 'loops' ? 4 : 15)
  const suffix = hasSuffix ? String(2 + random.below(4)) : ''
  const shared = profile === 'loops' && random.chance(1, 3)
  const base = `${camera}${padded(shared ? 1 + random.below(50) : counter, 4)}`
  const stage = random.weighted(stages[profile])
  addCapture(plan, random, { folder, base, suffix, stage, messy })
}
