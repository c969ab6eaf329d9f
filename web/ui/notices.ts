import { Injectable, signal } from '@angular/core'

export type Notice = { readonly id: number; readonly tone: 'good' | 'bad'; readonly text: string }

const shownMs = 6_000

/** Short words about what was just done, read out and shown for a while. Those about failures stay until closed. */
@Injectable({ providedIn: 'root' })
export class Notices {
  readonly #all = signal<readonly Notice[]>([])
  readonly all = this.#all.asReadonly()
  #last = 0

  say(text: string): void {
    const id = this.#add('good', text)
    setTimeout(() => this.close(id), shownMs)
  }

  warn(text: string): void {
    this.#add('bad', text)
  }

  close(id: number): void {
    this.#all.update((all) => all.filter((notice) => notice.id !== id))
  }

  #add(tone: Notice['tone'], text: string): number {
    const id = ++this.#last
    this.#all.update((all) => [...all.filter((notice) => notice.text !== text), { id, tone, text }])
    return id
  }
}
