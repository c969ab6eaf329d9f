import { Component, computed, input } from '@angular/core'
import { listMax, type PhotostatsOutput } from '#specs/tools.ts'
import { Icon } from '../ui/icon.ts'
import { bytes, count, number } from '../words/amounts.ts'
import { typeRows } from './by-type.ts'

/** What lies in a folder of photos. */
@Component({
  selector: 'sl-photostats-result',
  imports: [Icon],
  templateUrl: './photostats-result.html',
})
export class PhotostatsResult {
  readonly output = input.required<PhotostatsOutput>()
  protected readonly bytes = bytes
  protected readonly number = number
  protected readonly listMax = listMax
  protected readonly types = computed(() => typeRows(this.output()))
  protected readonly lists = computed(() => {
    const { withoutSidecar, sidecarsWithoutImage, skipped } = this.output()
    const skippedLines = skipped.items.map(({ path, reason }) => `${path} (${reason})`)
    return [
      {
        title: `${count(withoutSidecar.count, 'image')} without sidecar`,
        ...withoutSidecar,
      },
      {
        title: `${count(sidecarsWithoutImage.count, 'sidecar')} without image`,
        ...sidecarsWithoutImage,
      },
      {
        title: `${count(skipped.count, 'entry', 'entries')} that could not be read`,
        count: skipped.count,
        paths: skippedLines,
      },
    ]
  })
}
