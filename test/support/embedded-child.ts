/** Holds an embedded Postgres for a spec until it is killed: `embedded-child.ts <folder>`. */
import { startEmbedded } from '#db/embedded/start.ts'

const { url, pid, sharedWith } = await startEmbedded({ dir: process.argv[2] ?? '' })
process.send?.({ url, pid, sharedWith })
process.on('message', () => {})
process.on('disconnect', () => process.exit())
