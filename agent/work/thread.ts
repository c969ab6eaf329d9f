/** What runs on a worker thread: one tool, or a piece of help for a tool on another thread. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { resultMaxBytes } from '#specs/agent-link.ts'
import type { JobError } from '#specs/jobs.ts'
import { tools } from '#specs/tools.ts'
import * as z from 'zod'
import { messageOf } from '../exit-codes.ts'
import { toolCodes } from '../tools/index.ts'
import { Stopped, type Spread, type ToolCode, type ToolContext, ToolFailure } from '../tools/tool.ts'
import { type AnyUnit, workThrough } from '../tools/unit.ts'
import type { HelpSays, HelpTask, HelpWanted, JobTask, MainSays, ThreadSays, ToolEnd } from './messages.ts'
import { allowedFolder } from './roots.ts'
import { everySoOften, helpMs, Sharing } from './spread.ts'
import { cut, Telling } from './telling.ts'

const messageMax = 2_000
const detailMax = 20_000
/** For the rest of the message that carries the output. */
const envelopeBytes = 1_000

/** Runs a tool to its end. Everything is said through the port, so that it arrives in order, the end last. */
export async function runJob(task: JobTask): Promise<void> {
  const { port } = task
  const say = (says: ThreadSays) => port.postMessage(says)
  const telling = new Telling(say)
  const job = new RunningTool(task, telling)
  port.on('message', (says: MainSays) => job.hear(says))
  say({ type: 'begun' })
  const end = await endOf(task, job.context)
  telling.finish()
  say({ type: 'ended', end })
  port.close()
}

/** Works on items for a short time, and hands back what it has and what is left. */
export function runHelp({ tool, unit, given, port }: HelpTask): void {
  const wanted = receiveMessageOnPort(port)?.message as HelpWanted | undefined
  try {
    if (!wanted || 'stop' in wanted) return
    const items = [...wanted.items]
    const alive = everySoOften(() => port.postMessage({ alive: true } satisfies HelpSays))
    const checkStop = () => {
      if (receiveMessageOnPort(port)) throw new Stopped('told to stop')
      alive()
    }
    const part = workThrough(unitOf(codeOf(tool), unit)(given), items, helpMs, checkStop)
    port.postMessage({ part, left: items } satisfies HelpSays)
  } catch (error) {
    if (!(error instanceof Stopped)) throw error
  } finally {
    port.close()
  }
}

class RunningTool {
  readonly context: ToolContext
  readonly #stop = new AbortController()
  readonly #port: MessagePort
  #sharing: { refused(id: number): void; wake(): void } | undefined

  constructor({ tool, attempt, threads, roots, port }: JobTask, telling: Telling) {
    this.#port = port
    const checkStop = () => this.#checkStop()
    const ask = (id: number, unit: string, given: unknown, theirs: MessagePort) =>
      port.postMessage({ type: 'help', id, unit, given, port: theirs } satisfies ThreadSays, [theirs])
    this.context = {
      attempt,
      threads,
      signal: this.#stop.signal,
      checkStop,
      progress: (progress) => telling.progress(progress),
      log: (level, text) => telling.log(level, text),
      allowedFolder: (path) => allowedFolder(path, roots),
      spread: async <Given, Item, Part>({ unit, given, items, told }: Spread<Given, Item, Part>) => {
        const made = unitOf(codeOf(tool), unit)(given) as ReturnType<AnyUnit>
        const sharing = new Sharing(made, items, told as (whole: unknown) => void, {
          threads,
          checkStop,
          ask: (id, theirs) => ask(id, unit, given, theirs),
        })
        this.#sharing = sharing
        return (await sharing.run()) as Part
      },
    }
  }

  hear(says: MainSays): void {
    if (says.type === 'stop') this.#stop.abort(new Stopped('told to stop'))
    else this.#sharing?.refused(says.id)
    this.#sharing?.wake()
  }

  /** A loop that never waits gets no events, so it looks for itself. */
  #checkStop(): void {
    for (;;) {
      if (this.#stop.signal.aborted) throw new Stopped('told to stop')
      const said = receiveMessageOnPort(this.#port)
      if (!said) return
      this.hear(said.message as MainSays)
    }
  }
}

async function endOf({ tool, params }: JobTask, context: ToolContext): Promise<ToolEnd> {
  try {
    const { outcome, output } = await codeOf(tool).run(params, context)
    const contract = tools.get(tool)
    // What is run without a server has none, and may say as much as it likes.
    if (!contract) return { outcome, output }
    const parsed = contract.output.parse(output)
    const bytes = Buffer.byteLength(JSON.stringify(parsed))
    if (bytes > resultMaxBytes - envelopeBytes)
      throw new ToolFailure(
        'fatal',
        `the result has ${bytes} bytes; ${resultMaxBytes} are the most that the server takes`,
      )
    return { outcome, output: parsed }
  } catch (error) {
    if (error instanceof Stopped) return { outcome: 'stopped' }
    return { outcome: 'failed', error: errorOf(error) }
  }
}

function errorOf(error: unknown): JobError {
  if (error instanceof ToolFailure) return { class: error.class, message: cut(error.message, messageMax) }
  if (error instanceof z.ZodError)
    return {
      class: 'fatal',
      message: cut(`the parameters are not right: ${z.prettifyError(error)}`, messageMax),
    }
  const detail = error instanceof Error ? error.stack : undefined
  return {
    class: 'fatal',
    message: cut(`the tool has a bug: ${messageOf(error)}`, messageMax),
    ...(detail !== undefined && { detail: cut(detail, detailMax) }),
  }
}

function codeOf(tool: string): ToolCode {
  const code = toolCodes.get(tool)
  if (!code) throw new ToolFailure('fatal', `this agent has no tool '${tool}'`)
  return code
}

function unitOf(code: ToolCode, name: string): AnyUnit {
  const unit = code.units[name]
  if (!unit) throw new Error(`${code.name} has no unit '${name}'`)
  return unit
}
