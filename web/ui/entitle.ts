import { effect } from '@angular/core'
import type { Title } from '@angular/platform-browser'

/** Names the browser's tab after what the screen shows, as soon as that is known. */
export function entitle(title: Title, name: () => string | undefined): void {
  effect(() => {
    const known = name()
    if (known !== undefined) title.setTitle(`${known} · Safelight`)
  })
}
