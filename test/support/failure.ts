/** The message with which a promise is rejected. Rejects itself when the promise is kept. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  throw new Error(`expected a failure, got ${JSON.stringify(value)}`)
}
