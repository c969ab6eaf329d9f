import { TestBed } from '@angular/core/testing'
import { ProgressBar } from './progress-bar.ts'

function bar(done: number, total: number | null): { element: Element | null; words: string } {
  const fixture = TestBed.createComponent(ProgressBar)
  fixture.componentRef.setInput('progress', { stage: 'walking', done, total, current: null, message: null })
  fixture.detectChanges()
  const host = fixture.nativeElement as HTMLElement
  return {
    element: host.querySelector('[role=progressbar]'),
    words: host.querySelector('.progress-words')?.textContent ?? '',
  }
}

describe('a progress bar', () => {
  it('tells its share to everybody', () => {
    const { element, words } = bar(3, 12)
    expect(element?.getAttribute('aria-valuenow')).toBe('25')
    expect(element?.getAttribute('aria-valuetext')).toBe('walking 25 %')
    expect(words).toBe('walking 25 %')
  })

  it('claims no share where nobody knows the whole', () => {
    const { element, words } = bar(1_234.5, null)
    expect(element?.hasAttribute('aria-valuenow')).toBe(false)
    expect(words).toBe('walking 1,234')
  })
})
