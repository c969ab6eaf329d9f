/** A folder of photos as the world makes them, the hostile ones included. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export function bytes(...parts: (string | number[])[]): Buffer {
  return Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))),
  )
}

/** Files by their path below a folder, with so many bytes each. */
export function makeFiles(folder: string, files: Readonly<Record<string, number>>): void {
  for (const [path, size] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), Buffer.alloc(size))
  }
}

/** Everything that has stopped a scanner somewhere: links, FIFOs, names that are no text, paths that are too long. */
export function makeHostile(folder: string): void {
  makeFiles(folder, { 'good/IMG_1.CR3': 10, 'good/IMG_1.xmp': 1 })
  symlinkSync(folder, join(folder, 'good/loop'))
  symlinkSync('/etc', join(folder, 'good/way-out'))
  symlinkSync('nowhere', join(folder, 'good/broken.CR3'))
  execFileSync('mkfifo', [join(folder, 'good/pipe.CR3')])
  writeFileSync(bytes(folder, '/good/caf', [0xe9], '.CR3'), 'x')
  writeFileSync(bytes(folder, '/good/caf', [0xe9], '.xmp'), 'x')
  writeFileSync(bytes(folder, '/good/alone', [0xff, 0xfe], '.CR3'), 'x')
  mkdirSync(bytes(folder, '/', [0xc3, 0x28], ' folder'))
  writeFileSync(bytes(folder, '/', [0xc3, 0x28], ' folder/line\nbreak\u001b[31m.jpg'), 'xyz')
  makeFiles(folder, {
    'good/._IMG_1.CR3': 4_096,
    'good/X.CR3/inside.txt': 2,
    'good/.hidden': 1,
    'good/noext': 1,
  })
  makeTooDeep(folder)
}

/** Deeper than any path may be long: made in two halves, one moved into the other. */
function makeTooDeep(folder: string): void {
  const half = Array.from({ length: 11 }, () => 'd'.repeat(200))
  const [top, bottom] = [join(folder, ...half), join(folder, 'bottom', ...half)]
  for (const path of [top, bottom]) mkdirSync(path, { recursive: true })
  renameSync(join(folder, 'bottom'), join(top, 'bottom'))
}

/** Removes what no single path reaches any more. */
export function removeTree(folder: string): void {
  execFileSync('rm', ['-rf', folder])
}
