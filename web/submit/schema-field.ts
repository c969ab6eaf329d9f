import { Component, computed, input, output } from '@angular/core'
import { Field as FieldFrame } from '../ui/field.ts'
import type { Field, Typed } from './schema-form.ts'

/** One field of a form that was made from a schema. */
@Component({
  selector: 'sl-schema-field',
  imports: [FieldFrame],
  templateUrl: './schema-field.html',
})
export class SchemaField {
  readonly field = input.required<Field>()
  readonly typed = input.required<Typed>()
  readonly problem = input.required<string | null>()
  /** What is offered for a text, beside anything else that may be typed. */
  readonly offers = input<readonly string[]>([])
  readonly changed = output<Typed>()
  protected readonly id = computed(() => `param-${this.field().name}`)
  protected readonly text = computed(() => String(this.typed()))
  protected readonly help = computed(() => {
    const { help, kind, required } = this.field()
    const how = kind === 'list' ? 'Separated by spaces.' : kind === 'json' ? 'As JSON.' : null
    return [help, how, required ? null : 'Optional.'].filter((part) => part !== null).join(' ')
  })
}
