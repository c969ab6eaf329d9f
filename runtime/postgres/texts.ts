/**
 * The JSON texts that mail and history travel in. Written by hand, because they are made for every
 * message and every turn: their parts are JSON texts already, or need no quoting.
 */
import type { HistoryRow, Outgoing } from '../ports.ts'

/** What goes with a message but is no column. A dedupe key rides along, so that the insert can leave known ones out. */
export function envelopeText({ sender, senderTurn, trace, rare, dedupe }: Outgoing): string {
  const common = `{"sender":${quoted(sender)},"turn":${senderTurn},"trace":"${trace}"`
  if (rare === null && dedupe === undefined) return `${common}}`
  return `${common},"rare":${JSON.stringify(rare)}${dedupe === undefined ? '' : `,"dedupe":${JSON.stringify(dedupe)}`}}`
}

/** A turn as history keeps it. Absent parts are null. */
export function entryText(row: HistoryRow): string {
  const {
    kind,
    key,
    turn,
    past,
    lane,
    seq,
    type,
    body,
    sender,
    senderTurn,
    trace,
    patch,
    state,
    sends,
    now,
    codeVersion,
    replayable,
    failure,
  } = row
  const cause = `{"actor":${quoted(`${kind}/${key}`)},"turn":${turn},"past":${quoted(past)},"id":"${lane}-${seq}","type":${quoted(type)},"input":${body},"sender":${quoted(sender)},"senderTurn":${senderTurn},"trace":"${trace}"`
  const effect = `${part('patch', patch)}${part('state', state)}${part('sends', sends)}${failure === null ? '' : `,"failure":${JSON.stringify(failure)}`}`
  return `${cause}${effect},"now":${now},"version":${codeVersion}${replayable ? '' : ',"replayable":false'}}`
}

function part(name: string, json: string | null): string {
  return json === null ? '' : `,"${name}":${json}`
}

/** Most names need no escape. */
function quoted(text: string | null): string {
  if (text === null) return 'null'
  return /^[ -!#-[\]-~]*$/.test(text) ? `"${text}"` : JSON.stringify(text)
}
