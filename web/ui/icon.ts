import { Component, computed, input } from '@angular/core'

/** Drawn on a grid of 16, in strokes. */
const shapes = {
  check: 'M3 8.5 6.5 12 13 4.5',
  dot: 'M8 5.6a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8',
  cross: 'M4 4l8 8M12 4l-8 8',
  warn: 'M8 2.5 14.5 13.5H1.5zM8 6.5v3.2M8 11.6v.2',
  clock: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8M8 4.6V8l2.4 1.6',
  play: 'M5 3.2v9.6L12.5 8z',
  pause: 'M5.2 3.2v9.6M10.8 3.2v9.6',
  stop: 'M4 4h8v8H4z',
  lamp: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8M8 5.4a2.6 2.6 0 1 1 0 5.2 2.6 2.6 0 0 1 0-5.2',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.2V2.5h-8v8h2.7',
  down: 'M3.5 6 8 10.5 12.5 6',
  up: 'M3.5 10 8 5.5 12.5 10',
  right: 'M6 3.5 10.5 8 6 12.5',
  left: 'M10 3.5 5.5 8l4.5 4.5',
  plus: 'M8 2.8v10.4M2.8 8h10.4',
  sun: 'M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6M8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8 13 13M13 3l-1.2 1.2M4.2 11.8 3 13',
  moon: 'M13.4 9.6A5.9 5.9 0 0 1 6.4 2.6a5.9 5.9 0 1 0 7 7z',
  half: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8M8 1.8v12.4M8 5h4.5M8 8h6M8 11h4.5',
  user: 'M8 2.2a2.7 2.7 0 1 1 0 5.4 2.7 2.7 0 0 1 0-5.4M2.8 13.8c.6-2.8 2.6-4 5.2-4s4.6 1.2 5.2 4',
  search: 'M7 2.2a4.8 4.8 0 1 1 0 9.6 4.8 4.8 0 0 1 0-9.6M10.6 10.6 14 14',
  cut: 'M6.2 9.8 9.8 6.2M7 4.6l1.6-1.6a3.1 3.1 0 0 1 4.4 4.4L11.4 9M9 11.4 7.4 13A3.1 3.1 0 0 1 3 8.6L4.6 7',
  again: 'M13.5 8a5.5 5.5 0 1 1-1.7-4M13.6 1.8v3.4h-3.4',
  folder: 'M1.8 12.8V3.6h4.6L8 5.4h6.2v7.4z',
  more: 'M3 8h.1M8 8h.1M13 8h.1',
  lock: 'M3.5 7.2h9v6.6h-9zM5.4 7V5a2.6 2.6 0 0 1 5.2 0v2',
  dash: 'M3.5 8h9',
  drop: 'M8 2v8.5M4.5 7.2 8 10.7l3.5-3.5M2.8 13.8h10.4',
  film: 'M2 3h12v10H2zM5 3v10M11 3v10M2 6.3h3M2 9.6h3M11 6.3h3M11 9.6h3',
} as const
export type IconName = keyof typeof shapes

/** A picture beside a word; it says nothing by itself. */
@Component({
  selector: 'sl-icon',
  host: { 'aria-hidden': 'true', class: 'icon' },
  template: `<svg viewBox="0 0 16 16" focusable="false"><path [attr.d]="shape()" /></svg>`,
})
export class Icon {
  readonly name = input.required<IconName>()
  protected readonly shape = computed(() => shapes[this.name()])
}
