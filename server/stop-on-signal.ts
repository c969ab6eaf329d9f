const repeatMs = 500
const stopTimeoutMs = 60_000

/**
 * Stops the process once when it is told to: by Ctrl-C, by a signal, or by the death of the program that started it
 * with a channel. A second Ctrl-C ends it at once.
 */
export function stopOnSignal(stop: () => Promise<void>): void {
  let askedAt: number | undefined
  function ask(): void {
    if (askedAt === undefined) {
      askedAt = performance.now()
      console.log('Stopping. Press Ctrl-C again to end at once.')
      void stopAndExit(stop)
    } else if (performance.now() - askedAt > repeatMs) {
      // npm passes on a Ctrl-C that the terminal has sent to us already; such an echo comes at once.
      console.error('Ended without stopping; the next start clears up.')
      process.exit(130)
    }
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask)
  process.once('disconnect', ask)
}

async function stopAndExit(stop: () => Promise<void>): Promise<void> {
  setTimeout(() => {
    console.error(`Not stopped within ${stopTimeoutMs / 1000} s; ended.`)
    process.exit(1)
  }, stopTimeoutMs).unref()
  try {
    await stop()
    process.exit(0)
  } catch (error) {
    console.error('Stopping failed:', error)
    process.exit(1)
  }
}
