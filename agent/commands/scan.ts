/** `safelight-agent scan`: looks through a folder without a server, with any set of tools at once. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import * as z from 'zod'
import { parseObject } from '#host/settings/file.ts'
import { SettingsFault } from '#host/settings/fault.ts'
import type { Progress } from '#specs/jobs.ts'
import { PhotoConfig } from '#specs/pipelines/photo-config.ts'
import { PipelineContent } from '#specs/pipelines/pipeline.ts'
import { type Ending, Failure, messageOf } from '../exit-codes.ts'
import { usualThreads } from '../load.ts'
import { AloneOutput, type AloneParams, aloneName } from '../scan/alone.ts'
import { scanTools } from '../scan/tools.ts'
import { Pool, type PoolEnd, type PoolJob } from '../work/pool.ts'
import { summaryOf } from './scan-summary.ts'
import type { Command } from './surroundings.ts'

export interface ScanOptions {
  readonly tool?: string
  readonly pipeline?: string
  readonly photos?: string
}

/** Told to stop, it may take so long to do it. */
const stopMs = 2_000

export async function scanCommand(command: Command, folder: string, options: ScanOptions): Promise<Ending> {
  const path = resolve(command.workingFolder, folder)
  const params = { path, tools: toolsFor(command, options) }
  const { threads, slots, threadMemoryMb } = command.values
  const pool = new Pool({ threads: threads ?? usualThreads(slots), threadMemoryMb, roots: [path] })
  const [bar, chatty] = [command.redraw, command.values.log === 'debug']
  try {
    const job = pool.start({ tool: aloneName, params: params satisfies AloneParams, attempt: 1 }, (says) => {
      if (says.type === 'progress') bar?.(lineOf(says.progress))
      else if (says.type === 'log' && (says.level !== 'info' || chatty)) command.complain(says.text)
    })
    const { end, stopped } = await endOf(job)
    bar?.('')
    return stopped ? 'interrupted' : show(command, end)
  } finally {
    await pool.close()
  }
}

/** Those that are named; otherwise all that need nothing more than the folder. */
function toolsFor(command: Command, { tool, pipeline, photos }: ScanOptions): AloneParams['tools'] {
  const usual = ['photostats', 'photo_pairing', ...(pipeline === undefined ? [] : ['pipeline_validation'])]
  const names = tool === undefined ? usual : [...new Set(tool.split(',').map((name) => name.trim()))]
  const config = photos === undefined ? PhotoConfig.parse({}) : fromFile(command, photos, PhotoConfig)
  return names.map((name) => {
    if (!scanTools.has(name))
      throw new Failure(
        'misused',
        `there is no tool '${name}'; there are ${[...scanTools.keys()].join(', ')}`,
      )
    return { name, params: paramsOf(command, name, config, pipeline) }
  })
}

function paramsOf(command: Command, name: string, config: PhotoConfig, pipeline: string | undefined) {
  if (name === 'photostats') return statsParams(config)
  if (name !== 'pipeline_validation') return { photos: config }
  if (pipeline === undefined)
    throw new Failure(
      'misused',
      "pipeline_validation needs --pipeline <file>: the pipeline's nodes and edges as JSON",
    )
  return { photos: config, pipeline: fromFile(command, pipeline, PipelineContent) }
}

function statsParams({ photoExtensions, sidecarExtensions, needSidecar }: PhotoConfig) {
  const others = photoExtensions.filter((ending) => !needSidecar.includes(ending))
  return { images: needSidecar, others, sidecars: sidecarExtensions }
}

function fromFile<Schema extends z.ZodType>(
  { workingFolder }: Command,
  file: string,
  schema: Schema,
): z.output<Schema> {
  const path = resolve(workingFolder, file)
  try {
    const parsed = schema.safeParse(parseObject(readFileSync(path, 'utf8'), path))
    if (parsed.success) return parsed.data
    throw new Failure('misused', `${path} is not right:\n${z.prettifyError(parsed.error)}`)
  } catch (error) {
    if (error instanceof Failure) throw error
    const reason =
      error instanceof SettingsFault ? error.message : `${path} can't be read: ${messageOf(error)}`
    throw new Failure('misused', reason)
  }
}

/** A Ctrl-C stops it; a second one does so at once. */
async function endOf(job: PoolJob): Promise<{ end: PoolEnd; stopped: boolean }> {
  let told = 0
  const stop = () => job.stop(told++ === 0 ? stopMs : 0)
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, stop)
  const end = await job.ended
  for (const signal of signals) process.off(signal, stop)
  return { end, stopped: told > 0 }
}

function show({ say, complain, json }: Command, end: PoolEnd): Ending {
  if (end.how !== 'returned')
    throw new Failure('failed', end.how === 'crashed' ? end.message : 'it was stopped')
  const { end: ended } = end
  if (ended.outcome === 'stopped') return 'interrupted'
  if (ended.outcome === 'failed') throw new Failure('failed', ended.error.message)
  const found = AloneOutput.parse(ended.output)
  say(json ? JSON.stringify({ outcome: ended.outcome, tools: found }, null, 2) : summaryOf(found))
  if (ended.outcome !== 'partial') return 'done'
  complain('Not everything could be read; what was left out is in the list of skipped entries.')
  return 'incomplete'
}

const count = new Intl.NumberFormat('en')

function lineOf({ stage, done, total, message }: Progress): string {
  if (total === null || total === 0) return `${stage}: ${message ?? count.format(done)}`
  const width = 30
  const full = Math.round((width * done) / total)
  return `${stage} [${'#'.repeat(full)}${'.'.repeat(width - full)}] ${count.format(done)} of ${count.format(total)}`
}
