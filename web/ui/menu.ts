import { Component, ElementRef, inject, input, signal, viewChild } from '@angular/core'

/** A button that opens a short list of things to do or to go to. Escape, Tab and a click elsewhere close it. */
@Component({
  selector: 'sl-menu',
  host: {
    class: 'menu',
    '(keydown.escape)': 'close(true)',
    '(focusout)': 'left($event)',
    '(document:pointerdown)': 'pointed($event)',
    '(keydown.arrowdown)': 'move($event, 1)',
    '(keydown.arrowup)': 'move($event, -1)',
  },
  template: `
    <button
      #opener
      type="button"
      [class]="look()"
      [attr.aria-expanded]="isOpen()"
      [attr.aria-label]="label()"
      [title]="label()"
      (click)="isOpen.set(!isOpen())"
    >
      <ng-content select="[opener]" />
    </button>
    <div class="menu-list" [hidden]="!isOpen()" (click)="close(true)"><ng-content /></div>
  `,
})
export class Menu {
  readonly label = input.required<string>()
  readonly look = input('quiet')
  protected readonly isOpen = signal(false)
  private readonly opener = viewChild.required<ElementRef<HTMLButtonElement>>('opener')
  readonly #host = inject<ElementRef<HTMLElement>>(ElementRef)

  protected close(isDone: boolean): void {
    if (!this.isOpen()) return
    this.isOpen.set(false)
    if (isDone) this.opener().nativeElement.focus()
  }

  protected left({ relatedTarget }: FocusEvent): void {
    if (relatedTarget instanceof Node && !this.#host.nativeElement.contains(relatedTarget)) this.close(false)
  }

  protected pointed({ target }: Event): void {
    if (target instanceof Node && !this.#host.nativeElement.contains(target)) this.close(false)
  }

  protected move(event: Event, by: 1 | -1): void {
    event.preventDefault()
    this.isOpen.set(true)
    const items = [
      ...this.#host.nativeElement.querySelectorAll<HTMLElement>('.menu-list :is(a, button):not([disabled])'),
    ]
    const at = items.indexOf(document.activeElement as HTMLElement)
    const next = at === -1 ? (by === 1 ? 0 : items.length - 1) : (at + by + items.length) % items.length
    // Shown first: what is hidden takes no focus.
    requestAnimationFrame(() => items[next]?.focus())
  }
}
