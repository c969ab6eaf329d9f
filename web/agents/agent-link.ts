import { Component, computed, input } from '@angular/core'
import { RouterLink } from '@angular/router'
import type { Agent } from '#specs/agents.ts'

/** An agent's name, and the way to it; of one that was removed, the name that it had. */
@Component({
  selector: 'sl-agent-link',
  imports: [RouterLink],
  template: `
    @if (isGone()) {
      {{ name() }} <span class="faint">(removed)</span>
    } @else {
      <a [routerLink]="['/agents', id()]">{{ name() }}</a>
    }
  `,
})
export class AgentLink {
  readonly id = input.required<string>()
  /** What it was called when it had to do with this. */
  readonly called = input<string | null>(null)
  /** Absent until they are known. */
  readonly agents = input<ReadonlyMap<string, Agent>>()
  protected readonly isGone = computed(() => this.agents()?.has(this.id()) === false)
  protected readonly name = computed(
    () => this.agents()?.get(this.id())?.name ?? this.called() ?? `…${this.id().slice(-6)}`,
  )
}
