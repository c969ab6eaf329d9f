import { Component } from '@angular/core'
import { TestBed } from '@angular/core/testing'
import { Menu } from './menu.ts'

@Component({
  imports: [Menu],
  template: `<sl-menu label="More"><span opener>More</span><button type="button">One</button></sl-menu>`,
})
class Page {}

describe('a menu', () => {
  function open() {
    const fixture = TestBed.createComponent(Page)
    fixture.detectChanges()
    const host = fixture.nativeElement as HTMLElement
    document.body.append(host)
    const opener = host.querySelector<HTMLButtonElement>('[aria-expanded]')
    opener?.click()
    fixture.detectChanges()
    const isOpen = () => {
      fixture.detectChanges()
      return opener?.getAttribute('aria-expanded') === 'true'
    }
    return { host, opener, isOpen }
  }

  it('opens at its button and closes when something is chosen, with the focus back at the button', () => {
    const { host, opener, isOpen } = open()
    expect(isOpen()).toBe(true)
    host.querySelector<HTMLButtonElement>('.menu-list button')?.click()
    expect(isOpen()).toBe(false)
    expect(document.activeElement).toBe(opener)
  })

  it.each([
    ['Escape is pressed', () => new KeyboardEvent('keydown', { key: 'Escape', bubbles: true })],
    ['something else is pointed at', () => new Event('pointerdown', { bubbles: true })],
  ])('closes when %s', (what, event) => {
    const { host, isOpen } = open()
    const target = what.startsWith('Escape') ? host.querySelector('.menu-list button') : document.body
    target?.dispatchEvent(event())
    expect(isOpen()).toBe(false)
  })
})
