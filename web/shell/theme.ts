import { computed, effect, Injectable, signal } from '@angular/core'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const place = 'safelight.theme'

/** Light or dark: as the system says, unless the reader says otherwise. */
@Injectable({ providedIn: 'root' })
export class ThemeChoice {
  readonly #chosen = signal<Theme>(stored())
  readonly chosen = this.#chosen.asReadonly()
  readonly next = computed(() => themes[(themes.indexOf(this.#chosen()) + 1) % themes.length] ?? 'system')

  constructor() {
    effect(() => {
      const theme = this.#chosen()
      document.documentElement.dataset['theme'] = theme
      store(theme)
    })
  }

  choose(theme: Theme): void {
    this.#chosen.set(theme)
  }
}

// A browser may forbid keeping anything; then the choice lasts as long as the page.
function stored(): Theme {
  try {
    const found = localStorage.getItem(place)
    return themes.find((theme) => theme === found) ?? 'system'
  } catch {
    return 'system'
  }
}

function store(theme: Theme): void {
  try {
    localStorage.setItem(place, theme)
  } catch {
    // As above.
  }
}
