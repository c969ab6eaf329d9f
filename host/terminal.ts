/** What programs show in terminals and logs: file names, and what others have named, may hold anything. */

/** What would take over a terminal, or look like another line. */
const unseen = /[\p{Cc}\u2028\u2029]/gu

/** As one line, with what can't be seen written out as JSON does. */
export function visible(text: string): string {
  return text.replace(unseen, writtenOut)
}

/** The same, and lines and columns stay: for what is shown as a whole. */
export function printable(text: string): string {
  return text.replace(unseen, (found) => (found === '\n' || found === '\t' ? found : writtenOut(found)))
}

function writtenOut(found: string): string {
  return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Columns as wide as their widest cell. */
export function tableOf(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(visible))
  const columns = Math.max(0, ...cells.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, at) =>
    Math.max(...cells.map((row) => row[at]?.length ?? 0)),
  )
  return cells
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
