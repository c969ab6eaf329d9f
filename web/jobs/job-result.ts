import { Component, computed, inject, input, resource } from '@angular/core'
import type { JobDetail } from '#specs/jobs.ts'
import { PhotostatsOutput } from '#specs/tools.ts'
import { Api } from '../api/api.ts'
import { Failed, Loading } from '../ui/states.ts'
import { PhotostatsResult } from './photostats-result.ts'

/** What a job has found: by a page of its tool's own where there is one, else as it is. */
@Component({
  selector: 'sl-job-result',
  imports: [Failed, Loading, PhotostatsResult],
  template: `
    <section aria-labelledby="result-h">
      <div class="section-head"><h2 id="result-h">Result</h2></div>
      @if (result.hasValue()) {
        @if (photostats(); as output) {
          <sl-photostats-result [output]="output" />
        } @else {
          <pre class="card" tabindex="0" aria-label="The result as JSON">{{ pretty() }}</pre>
        }
      } @else if (result.error(); as error) {
        <sl-failed heading="The result can't be shown" [error]="error" (again)="result.reload()" />
      } @else {
        <sl-loading what="the result" />
      }
    </section>
  `,
})
export class JobResult {
  readonly job = input.required<JobDetail>()
  readonly #api = inject(Api)
  readonly #id = computed(() => this.job().id)
  protected readonly result = resource({
    params: () => this.#id(),
    loader: ({ params: job, abortSignal: signal }) =>
      this.#api.call('jobResult', { params: { job } }, { signal }),
  })
  readonly #output = computed(() => (this.result.hasValue() ? this.result.value().output : undefined))
  protected readonly photostats = computed(() =>
    this.job().tool === 'photostats' ? PhotostatsOutput.safeParse(this.#output()).data : undefined,
  )
  protected readonly pretty = computed(() => JSON.stringify(this.#output(), null, 2))
}
