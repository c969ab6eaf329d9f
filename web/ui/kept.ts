import { computed, linkedSignal, type Resource, type Signal } from '@angular/core'

type Found<Value> = { readonly value: Value | undefined; readonly about: string }

/** A resource's value; while it is read anew for the same thing, the one before. */
export function kept<Value>(
  read: Resource<Value | undefined>,
  about: () => string,
): Signal<Value | undefined> {
  const shown = linkedSignal<Found<Value>, Found<Value>>({
    source: () => ({ value: read.hasValue() ? read.value() : undefined, about: about() }),
    computation: (now, before) =>
      now.value === undefined && before?.value.about === now.about ? before.value : now,
  })
  return computed(() => shown().value)
}
