import { Piscina } from 'piscina'

export interface OffloadPool {
  /** Runs `task`, a module's address with '#export' after it ('default' where absent), on a worker thread. */
  readonly offload: (task: string, input: unknown) => Promise<unknown>
  close(): Promise<void>
}

/** A pool of worker threads for `ctx.offload`. What goes in and out must be JSON. */
export function openPool({ threads }: { threads: number }): OffloadPool {
  const pool = new Piscina({
    filename: new URL('./offload-worker.ts', import.meta.url).href,
    minThreads: 0,
    maxThreads: threads,
  })
  return {
    offload: (task, input) => pool.run({ task, input }),
    close: () => pool.close({ force: true }),
  }
}
