/** Ends the process with a sentence for an expected failure, and with the whole trace for a bug. */
export function fail(error: unknown): never {
  const bug = error instanceof TypeError || error instanceof ReferenceError || !(error instanceof Error)
  console.error('Safelight could not start:', bug ? error : error.message)
  process.exit(1)
}
