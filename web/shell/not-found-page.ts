import { Component } from '@angular/core'
import { RouterLink } from '@angular/router'
import { Empty } from '../ui/states.ts'

@Component({
  selector: 'sl-not-found-page',
  imports: [Empty, RouterLink],
  template: `
    <h1 class="unseen">Not found</h1>
    <sl-empty icon="search" heading="There is no such screen">
      <p>The address may be mistyped, or from an older Safelight.</p>
      <div class="row"><a class="button" routerLink="/jobs">To the jobs</a></div>
    </sl-empty>
  `,
})
export class NotFoundPage {}
