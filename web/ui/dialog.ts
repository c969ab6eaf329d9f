import { afterRenderEffect, Component, type ElementRef, input, output, viewChild } from '@angular/core'
import { Icon } from './icon.ts'

/** A dialog over the page. The browser keeps the focus inside and gives it back; Escape closes. */
@Component({
  selector: 'sl-dialog',
  imports: [Icon],
  template: `
    <dialog #dialog [attr.aria-labelledby]="id" (close)="closed.emit()">
      @if (open()) {
        <header>
          <h2 [id]="id">{{ heading() }}</h2>
          <button type="button" class="bare" aria-label="Close" (click)="dialog.close()">
            <sl-icon name="cross" />
          </button>
        </header>
        <ng-content />
      }
    </dialog>
  `,
})
export class Dialog {
  readonly open = input.required<boolean>()
  readonly heading = input.required<string>()
  readonly closed = output()
  protected readonly id = `dialog-${Math.random().toString(36).slice(2)}`
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>('dialog')

  constructor() {
    afterRenderEffect(() => {
      const { nativeElement } = this.dialog()
      if (this.open() && !nativeElement.open) nativeElement.showModal()
      if (!this.open() && nativeElement.open) nativeElement.close()
    })
  }
}
