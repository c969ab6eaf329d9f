/** Something about the settings is not right: the message names it, and says what to do. */
export class SettingsFault extends Error {
  override readonly name = 'SettingsFault'
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
