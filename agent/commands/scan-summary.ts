/** What a scan has found, as tables for people. The whole of it is in the JSON. */
import { tableOf, visible } from '#host/terminal.ts'
import { PhotoPairingOutput } from '#specs/tools/photo-pairing.ts'
import { PhotostatsOutput } from '#specs/tools/photostats.ts'
import { MatchStatus, PipelineValidationOutput } from '#specs/tools/pipeline-validation.ts'

/** Of a list, the first. */
const shownMax = 10
const typesMax = 20

const summaries: Readonly<Record<string, (output: unknown) => string[]>> = {
  photostats: statsOf,
  photo_pairing: pairingOf,
  pipeline_validation: validationOf,
}

export function summaryOf(found: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(found).map(([name, output]) => [
    name,
    ...(summaries[name]?.(output) ?? [JSON.stringify(output, null, 2)]),
  ])
  return parts.map((lines) => lines.join('\n')).join('\n\n')
}

const number = new Intl.NumberFormat('en')
const shown = (count: number) => number.format(count)

/** '1 photo', '2 photos'; the words that follow stay as they are. */
function amount(count: number, one: string, rest = ''): string {
  return `${shown(count)} ${one}${count === 1 ? '' : 's'}${rest}`
}

function bytesOf(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  return `${(bytes / 1_000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`
}

function statsOf(output: unknown): string[] {
  const { files, bytes, folders, byExtension, withoutSidecar, sidecarsWithoutImage, skipped } =
    PhotostatsOutput.parse(output)
  const types = Object.entries(byExtension)
  return [
    `${amount(files, 'file')}, ${bytesOf(bytes)}, in ${amount(folders, 'folder')}`,
    indented(
      tableOf([
        ['TYPE', 'FILES', 'SIZE'],
        ...types
          .slice(0, typesMax)
          .map(([type, count]) => [type === '' ? '(none)' : type, shown(count.files), bytesOf(count.bytes)]),
      ]),
    ),
    ...more('types', types.length, typesMax),
    ...paths(
      amount(withoutSidecar.count, 'photo', ' without sidecar'),
      withoutSidecar.count,
      withoutSidecar.paths,
    ),
    ...paths(
      amount(sidecarsWithoutImage.count, 'sidecar', ' without photo'),
      sidecarsWithoutImage.count,
      sidecarsWithoutImage.paths,
    ),
    ...reasons(`skipped: ${shown(skipped.count)}`, skipped),
  ]
}

function pairingOf(output: unknown): string[] {
  const { photos, images, cameras, methods, invalid, spread } = PhotoPairingOutput.parse(output)
  return [
    `${amount(images, 'image')} of ${amount(photos, 'photo')}`,
    ...usages('CAMERA', cameras),
    ...usages('METHOD', methods),
    ...reasons(amount(invalid.count, 'name', ' without meaning'), invalid),
    ...paths(
      amount(spread.count, 'photo', ' in several places'),
      spread.count,
      spread.items.map(({ camera, counter, scopes }) => `${camera}${counter} in ${scopes.join(', ')}`),
    ),
  ]
}

function usages(what: string, all: PhotoPairingOutput['cameras']): string[] {
  const entries = Object.entries(all)
  if (entries.length === 0) return []
  const rows = entries
    .slice(0, typesMax)
    .map(([key, { name, images, files }]) => [
      name === null ? key : `${key} (${name})`,
      shown(images),
      shown(files),
    ])
  return [
    indented(tableOf([[what, 'IMAGES', 'FILES'], ...rows])),
    ...more(`${what.toLowerCase()}s`, entries.length, typesMax),
  ]
}

function validationOf(output: unknown): string[] {
  const { images, ready, whole, terminations, faulty, invalid } = PipelineValidationOutput.parse(output)
  const statuses = MatchStatus.options
  const rowOf = (name: string, counts: typeof whole) => [
    name,
    ...statuses.map((status) => shown(counts[status])),
  ]
  return [
    `${shown(ready)} of ${shown(images)} images are ready for something`,
    indented(
      tableOf([
        ['READY FOR', ...statuses.map((status) => status.toLowerCase().replaceAll('_', ' '))],
        ...terminations.map(({ name, counts }) => rowOf(name, counts)),
        rowOf('all of it', whole),
      ]),
    ),
    ...paths(
      amount(faulty.count, 'image', ' not consistent'),
      faulty.count,
      faulty.items.map(({ scope, image, status, missing, extra }) => {
        const lacks = missing.length > 0 ? `, lacks ${missing.join(', ')}` : ''
        const has = extra.length > 0 ? `, has ${extra.join(', ')} too many` : ''
        return `${scope === '' ? '' : `${scope}/`}${image}: ${status.toLowerCase().replaceAll('_', ' ')}${lacks}${has}`
      }),
    ),
    ...reasons(amount(invalid.count, 'name', ' without meaning'), invalid),
  ]
}

function reasons(
  what: string,
  { count, items }: { count: number; items: readonly { path: string; reason: string }[] },
): string[] {
  return paths(
    what,
    count,
    items.map(({ path, reason }) => `${path}: ${reason}`),
  )
}

function paths(what: string, count: number, lines: readonly string[]): string[] {
  if (count === 0) return []
  return [
    `  ${what}`,
    ...lines.slice(0, shownMax).map((line) => `    ${visible(line)}`),
    ...more('', count, shownMax),
  ]
}

function more(what: string, count: number, most: number): string[] {
  return count <= most
    ? []
    : [`    and ${shown(count - most)} more${what === '' ? '' : ` ${what}`} (--json has them)`]
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ')
}
