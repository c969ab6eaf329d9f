/**
 * The server's process: `npm start`. Reads the environment, starts what a server consists of in order, stays in the
 * foreground, and stops it in the opposite order when told to.
 */
import { fail } from './fail.ts'
import { startServer } from './start.ts'
import { readSettings } from './settings.ts'
import { stopOnSignal } from './stop-on-signal.ts'

let isStopping = false
try {
  const settings = readSettings(process.env)
  for (const warning of settings.warnings) console.error(`Warning: ${warning}.`)
  const starting = startServer(settings, console.log)
  stopOnSignal(async () => {
    isStopping = true
    // What could not be started has cleared up after itself.
    const server = await starting.catch(() => null)
    await server?.stop()
  })
  const { url } = await starting
  console.log(`Safelight runs at ${url}`)
  console.log(`Whether it is ready for work: ${url}/readyz. Ctrl-C stops it.`)
} catch (error) {
  // Ctrl-C ends what the start has started, too.
  if (!isStopping) fail(error)
}
