/** The child's side of a benchmark process: runs what the parent asks for, one answer per call. */
import * as z from 'zod'

/** What a child can be told; inputs and results travel as JSON. */
export type Commands = Readonly<Record<string, (...input: never[]) => unknown>>

const callSchema = z.object({ id: z.int(), command: z.string(), input: z.array(z.unknown()) })

/** Listens until the parent goes away, and ends with it. */
export function serve(commands: Commands): void {
  process.on('message', (message) => void answer(commands, message))
  process.on('disconnect', () => process.exit())
  process.send?.({ ready: true })
}

async function answer(commands: Commands, message: unknown): Promise<void> {
  const { id, command, input } = callSchema.parse(message)
  const run = commands[command] as ((...input: unknown[]) => unknown) | undefined
  try {
    if (!run) throw new Error(`this process knows no command '${command}'`)
    process.send?.({ id, result: await run(...input) })
  } catch (error) {
    process.send?.({ id, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
}
