/** Counts a folder's files by type, and finds photos without sidecar and sidecars without photo. */
import { PhotoConfig } from '#specs/pipelines/photo-config.ts'
import { PhotostatsParams } from '#specs/tools/photostats.ts'
import type { Analysis } from '../../scan/analysis.ts'
import { pathOf } from '../../scan/analysis.ts'
import { list } from '../../scan/listed.ts'
import { scanTool } from '../../scan/scan-tool.ts'
import { addExtension, emptyTally, mergeTallies, outputOf, type Tally } from './tally.ts'

export const photostats = scanTool<PhotostatsParams, null, Tally>({
  name: 'photostats',
  params: PhotostatsParams,
  photosOf: ({ images, others, sidecars }) => {
    const photoExtensions = [...new Set([...images, ...others])].filter(
      (ending) => !sidecars.includes(ending),
    )
    const needSidecar = images.filter((ending) => photoExtensions.includes(ending))
    return PhotoConfig.parse({ photoExtensions, sidecarExtensions: sidecars, needSidecar })
  },
  prepare: () => null,
  analysis: () => counting,
  output: (tally, { path, walk }) => outputOf(path, walk, tally),
})

const counting: Analysis<Tally> = {
  empty: emptyTally,
  add(tally, scope) {
    for (const { name, bytes } of scope.files) addExtension(tally, name.extension, { files: 1, bytes })
    for (const file of scope.photos.photosWithoutSidecar) list(tally.withoutSidecar, pathOf(file), asItIs)
    for (const file of scope.photos.sidecarsWithoutPhoto)
      list(tally.sidecarsWithoutImage, pathOf(file), asItIs)
  },
  merge: mergeTallies,
}

function asItIs(path: string): string {
  return path
}
