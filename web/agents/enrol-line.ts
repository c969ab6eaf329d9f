/**
 * The one line that makes a machine an agent: registering keeps the settings, so that later starts need none. The token
 * goes by the environment: arguments are for everybody to see.
 */

export const shells = ['unix', 'windows'] as const
export type Shell = (typeof shells)[number]

export type Enrolment = {
  readonly shell: Shell
  readonly server: string
  readonly token: string
  /** The folder with the photos; the agent looks nowhere else. */
  readonly root: string
  readonly name: string
}

export function enrolLine({ shell, server, token, root, name }: Enrolment): string {
  const quote = shell === 'unix' ? unixQuoted : windowsQuoted
  const variable =
    shell === 'unix' ? `SAFELIGHT_AGENT_TOKEN=${token}` : `$env:SAFELIGHT_AGENT_TOKEN='${token}';`
  const flags = [
    `--server ${quote(server)}`,
    ...(root.trim() === '' ? [] : [`--root ${quote(root.trim())}`]),
    ...(name.trim() === '' ? [] : [`--name ${quote(name.trim())}`]),
  ]
  const registering = [variable, 'safelight-agent register', ...flags].join(' ')
  return `${registering}${shell === 'unix' ? ' &&' : ';'} safelight-agent start`
}

/** Which shell the reader's own machine has, as far as the browser tells. */
export function shellOf(userAgent: string): Shell {
  return /Windows/i.test(userAgent) ? 'windows' : 'unix'
}

const harmless = /^[A-Za-z0-9_./:@%+=,~-]+$/

function unixQuoted(text: string): string {
  return harmless.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

function windowsQuoted(text: string): string {
  return /^[A-Za-z0-9_./:\\-]+$/.test(text) ? text : `'${text.replaceAll("'", "''")}'`
}
