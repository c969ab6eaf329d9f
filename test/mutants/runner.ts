/** Runs mutants, each in a copy of the project. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { projectDir } from '../support/run.ts'
import type { Mutant, Patch } from './mutant.ts'

export type Outcome = {
  readonly what: 'found' | 'survived' | 'broken'
  readonly seconds: number
  /** Why it is broken, or which spec found it. */
  readonly detail: string
}

const runMaxMs = 300_000
const lastWordsMs = 2_000
const notCopied = new Set(['node_modules', '.data', '.git', 'dist', 'coverage'])

/** Whether the run passes as the project is: otherwise its failure says nothing about a mutant. */
export async function passesUnchanged(run: Mutant['run']): Promise<Outcome> {
  const began = performance.now()
  return inCopy(async (folder) => {
    const { passed, output } = await runIn(folder, run)
    const detail = passed ? '' : lastLines(output)
    return { what: passed ? 'survived' : 'broken', seconds: secondsSince(began), detail }
  })
}

export async function tryMutant({ patches, run }: Mutant): Promise<Outcome> {
  const began = performance.now()
  return inCopy(async (folder) => {
    const misfit = patches.map((patch) => apply(folder, patch)).find((complaint) => complaint !== undefined)
    if (misfit !== undefined) return { what: 'broken', seconds: 0, detail: misfit }
    const { passed, output } = await runIn(folder, run)
    const seconds = secondsSince(began)
    if (passed) return { what: 'survived', seconds, detail: 'everything passes' }
    const broken = /could not be loaded|SyntaxError|no spec files/.test(output)
    return broken
      ? { what: 'broken', seconds, detail: lastLines(output) }
      : { what: 'found', seconds, detail: firstFailure(output) }
  })
}

async function inCopy<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'mutant-'))
  // The embedded server may run under another account, and has to get through.
  chmodSync(folder, 0o755)
  try {
    cpSync(projectDir, folder, {
      recursive: true,
      filter: (from) => !notCopied.has(relative(projectDir, from)),
    })
    symlinkSync(join(projectDir, 'node_modules'), join(folder, 'node_modules'), 'junction')
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function apply(folder: string, { file, find, replace }: Patch): string | undefined {
  const path = join(folder, file)
  const parts = readFileSync(path, 'utf8').split(find)
  if (parts.length !== 2) return `${file} has ${parts.length - 1} places that read '${find}'; one is needed`
  writeFileSync(path, parts.join(replace))
  return undefined
}

async function runIn(folder: string, run: Mutant['run']): Promise<{ passed: boolean; output: string }> {
  const child = spawn(process.execPath, run, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const late = setTimeout(() => child.kill('SIGKILL'), runMaxMs)
  const closed = once(child, 'close')
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  // Processes that a mutant has left behind may hold its output open for ever.
  await Promise.race([closed, pause(lastWordsMs, undefined, { ref: false })])
  clearTimeout(late)
  if (signal !== null) {
    output += `\n1) it was still running after ${runMaxMs / 1000} s`
    await clearUp(folder)
  }
  return { passed: code === 0, output }
}

/** A run that was killed has left its database server. */
async function clearUp(folder: string): Promise<void> {
  const text = `import('./test/support/run.ts').then((run) => run.clearDeadRuns())`
  const child = spawn(process.execPath, ['-e', text], { cwd: folder, stdio: 'ignore' })
  await once(child, 'close')
}

function firstFailure(output: string): string {
  const lines = output.split('\n')
  const at = lines.findLastIndex((line) => /^\s*1\) /.test(line))
  const complaint = lines.slice(at).filter((line) => /Error|not within|such as|expected|exceeded/.test(line))
  return (complaint.slice(0, 2).join(' ') || lines[at] || '').trim().replaceAll(/\s+/g, ' ').slice(0, 160)
}
function lastLines(output: string): string {
  return output.trim().split('\n').slice(-30).join('\n')
}
function secondsSince(began: number): number {
  return Math.round((performance.now() - began) / 1000)
}
