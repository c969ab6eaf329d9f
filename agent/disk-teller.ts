/** A program of its own, see `disks.ts`: tells the room on each folder that its input names, as it comes to know it. */
import { stat, statfs } from 'node:fs/promises'
import { json } from 'node:stream/consumers'
import * as z from 'zod'

const folders = z.array(z.string()).parse(await json(process.stdin))
await Promise.allSettled(
  folders.map(async (path) => {
    const { dev } = await stat(path)
    const { bsize, bavail, blocks } = await statfs(path)
    const told = { path, device: dev, freeBytes: bsize * bavail, totalBytes: bsize * blocks }
    process.stdout.write(`${JSON.stringify(told)}\n`)
  }),
)
