/** Which server the command line talks to, and with which token: a file that only its owner can read. */
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import * as z from 'zod'
import { makeFolder } from '#host/make-folder.ts'

const Profile = z.strictObject({ url: z.url(), token: z.string().min(1) })
export type Profile = z.infer<typeof Profile>

const ownerFolder = 0o700
const ownerFile = 0o600

/** Null where there is none. Throws where the file is there and can't be understood. */
export function readProfile(file: string): Profile | null {
  const text = textOf(file)
  if (text === null) return null
  try {
    return Profile.parse(JSON.parse(text))
  } catch (error) {
    throw new Error(`${file} is damaged: remove it, and sign in again with 'safelight sign-in'`, {
      cause: error,
    })
  }
}

export function writeProfile(file: string, profile: Profile): void {
  // Under another name first: a file that is there already would keep who may read it.
  const draft = `${file}.${randomUUID()}`
  try {
    makeFolder(dirname(file), ownerFolder)
    writeFileSync(draft, `${JSON.stringify(profile, null, 2)}\n`, { mode: ownerFile, flag: 'wx' })
    renameSync(draft, file)
  } catch (error) {
    if (existsSync(draft)) rmSync(draft)
    throw new Error(
      `the token can't be kept in ${file} (${reasonOf(error)}): name another file with SAFELIGHT_PROFILE`,
      { cause: error },
    )
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw new Error(`${file} can't be read (${reasonOf(error)}): name another file with SAFELIGHT_PROFILE`, {
      cause: error,
    })
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
