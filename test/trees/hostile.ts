/** Names that have broken programs before. */
import { anyCase, cameras, padded, type Plan } from './entries.ts'
import type { Random } from './random.ts'

const sidecars = `AB3D0001.CR3 AB3D0001.xmp ab3d0001.xmp AB3D0001.CR3.xmp .xmp .CR3 CR3 AB3D0002.`.split(' ')
const blanks = [
  'AB3D0003.CR3 ',
  'AB3D0004 .CR3',
  ' AB3D0005.CR3',
  'AB3D0006\t.CR3',
  'AB3D0007\n.CR3',
  'AB3D0008-HDR\n.CR3',
  'AB3D0009.cr3\n',
]
/** The same letter in two spellings, digits of other scripts, letters whose lower case is longer. */
const scripts = [
  'AB3D0010-\u00e9.dng',
  'AB3D0010-e\u0301.dng',
  'AB3D0011-📷.dng',
  'AB3D0012-\u200b.dng',
  '\uff21\uff22\uff13\uff240001.dng',
  'AB3D\u0660\u0660\u0660\u0661.dng',
  'AB3D0013-\u0662.dng',
  'AB3D0013-\u00b2.dng',
  'ÀB3D0001.dng',
  'İB3D0001.dng',
  'AB3D0014.İPG',
  'AB3D0014.JPG',
  'AB3D0015-HDR.TIF',
  'AB3D0015-hdr.tif',
  'AB3D0015-HDR.tif',
]
const properties = [
  `AB3D0016-${'x'.repeat(238)}.dng`,
  `AB3D0017${'-HDR'.repeat(40)}.dng`,
  'AB3D0018-2-2-2.dng',
  'AB3D0018-2.dng',
  'AB3D0018-02.dng',
  'AB3D0018-0.dng',
  'AB3D0019-0000.dng',
  'AB3D0019-12345678901234567890.dng',
  'AB3D0020-HDR-2.dng',
  'AB3D0020-2-HDR.dng',
  'AB3D0021-_.dng',
  'AB3D0021- .dng',
  'AB3D0021-HDR .dng',
  'AB3D0022-hdr.dng',
  'AB3D0022-HDR.dng',
]
const inFolders: readonly (readonly [string, string])[] = [
  ['', '._AB3D0023.CR3'],
  ['', 'AB3D0023.CR3'],
  ['.Trash-1000/files', 'AB3D0023.CR3'],
  ['@eaDir/AB3D0023.CR3', 'SYNOPHOTO_THUMB_XL.jpg'],
  [`${'a'.repeat(200)}/${'b'.repeat(200)}`, 'AB3D0024.CR3'],
  ['x.CR3', 'AB3D0025.CR3'],
  ['AB3D0026.CR3', 'inner.txt'],
  ['dir with\nnewline', 'AB3D0027.CR3'],
  [`'quote"<b>&amp;`, 'AB3D0028-.CR3'],
  ['<script>alert(1)<', 'x.CR3'],
]
const commands = [
  '<img src=x onerror=alert(1)>.CR3',
  '{{7*7}}.CR3',
  '$(touch pwned).CR3',
  'AB3D0029.cR3',
  'AB3D0029.Xmp',
  'AB3D0030.tar.gz.dng',
  'AB3D0031.dng.dng',
  'AB3D0032-HDR-HDR.dng',
  'AB3D0032-HDR-BW.dng',
]
const sameName: readonly (readonly [string, string])[] = [
  ['a/b/c', 'AB3D0033.CR3'],
  ['a/B/c', 'AB3D0033.xmp'],
]
const reserved = [
  'con.CR3',
  'AB3D0034:stream.CR3',
  'AB3D0035%20x.CR3',
  'AB3D0036+x.CR3',
  'AB3D0037-𝟚.dng',
  'AB3D0038-HDR\u00a0x.dng',
  'AB3D9999.dng',
  'AB3D0000.dng',
  '00000001.dng',
  '0000-0001.dng',
  '\ue000B3D0001.dng',
  '\u{10000}B3D0001.dng',
  '__proto__.dng',
  'constructor0001.dng',
  'AB3D0039-__proto__.dng',
  'AB3D0039-constructor.dng',
  'AB3D0039-toString.dng',
]

export function fillHostile(plan: Plan, random: Random, files: number, nonUtf8: boolean): void {
  for (const name of [...sidecars, ...blanks, ...scripts, ...properties]) plan.add('', name)
  for (const [folder, name] of inFolders) plan.add(folder, name)
  for (const name of commands) plan.add('', name)
  for (const [folder, name] of sameName) plan.add(folder, name)
  for (const name of reserved) plan.add('', name)
  plan.add('', 'link_to_file.CR3', 'symlink', 'AB3D0001.CR3')
  plan.add('', 'AB3D0040.CR3', 'symlink', 'AB3D0001.CR3')
  plan.add('', 'AB3D0041.CR3', 'symlink', 'does-not-exist.CR3')
  plan.add('', 'link_dir', 'symlink', 'a')
  plan.add('loop', 'self', 'symlink', '.')
  plan.add('', 'AB3D0042.CR3', 'fifo')
  plan.add('', 'AB3D0043.CR3', 'dir')
  if (nonUtf8) {
    plan.add('', 'AB3D0044-\udce9.dng')
    plan.add('caf\udce9', 'AB3D0045.CR3')
  }
  while (plan.entries.length < files) addDrawn(plan, random)
}

function addDrawn(plan: Plan, random: Random): void {
  let stem = Array.from({ length: 1 + random.below(14) }, () => random.pick(alphabet))
  if (random.chance(1, 2)) {
    const base = `${random.pick(cameras)}${padded(random.below(10000), 4)}`
    stem = [base, ...(random.chance(1, 2) ? ['-', ...stem] : stem.slice(0, 2))]
  }
  const name = stem.join('') + anyCase(random, random.pick(['.cr3', '.dng', '.xmp', '.tif', '.jpg']), true)
  plan.add(random.pick(['', 'r1', 'r1/r2', 'é', 'é/ø']), name)
}

/** All of ASCII that a name may hold but the blank, then what is not ASCII. */
const alphabet: readonly string[] = [
  ...[...range(33, 47), ...range(48, 127)].map((code) => String.fromCodePoint(code)),
  ...Array.from('éßÇñ漢字ひ🙂\u0301 '),
]

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}
