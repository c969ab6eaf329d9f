/** Writes files so that a crash or a power cut leaves the old content or the new, never half of it. */
import { constants } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

const ownerOnly = 0o600
export const unfinishedSuffix = '.tmp'

export async function writeDurably(path: string, text: string): Promise<void> {
  const unfinished = path + unfinishedSuffix
  const file = await open(unfinished, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, ownerOnly)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(unfinished, path)
  await syncFolder(dirname(path))
}

export async function removeDurably(path: string): Promise<void> {
  await rm(path, { force: true })
  await syncFolder(dirname(path))
}

/** The name itself is in the folder, so the folder has to reach the disk too. Windows knows no such thing. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
