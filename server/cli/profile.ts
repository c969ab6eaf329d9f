/** Which server the command line talks to, and with which token: a file that only its owner can read. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import * as z from 'zod'

const Profile = z.strictObject({ url: z.string(), token: z.string() })
export type Profile = z.infer<typeof Profile>

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
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, `${JSON.stringify(profile, null, 2)}\n`, { mode: 0o600 })
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
