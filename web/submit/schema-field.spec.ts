import { TestBed, type ComponentFixture } from '@angular/core/testing'
import * as z from 'zod'
import { SchemaField } from './schema-field.ts'
import { fieldsOf, type Typed } from './schema-form.ts'

function shown(
  schema: z.ZodType,
  typed: Typed,
  problem: string | null = null,
): ComponentFixture<SchemaField> {
  const [field] = fieldsOf(z.toJSONSchema(z.object({ it: schema }), { io: 'input' }))
  const fixture = TestBed.createComponent(SchemaField)
  fixture.componentRef.setInput('field', field)
  fixture.componentRef.setInput('typed', typed)
  fixture.componentRef.setInput('problem', problem)
  fixture.detectChanges()
  return fixture
}
function control(fixture: ComponentFixture<SchemaField>): HTMLInputElement {
  const found = (fixture.nativeElement as HTMLElement).querySelector<HTMLInputElement>(
    'input, select, textarea',
  )
  if (found === null) throw new Error('there is no control')
  return found
}

describe('a field made from a schema', () => {
  it.each([
    ['a text', z.string(), 'hello', 'INPUT', 'hello'],
    ['a number', z.int(), '12', 'INPUT', '12'],
    ['a choice', z.enum(['exit', 'throw']), 'throw', 'SELECT', 'throw'],
    ['a list', z.array(z.string()), '.nef .cr3', 'TEXTAREA', '.nef .cr3'],
    ['anything else', z.json(), '{"a":1}', 'TEXTAREA', '{"a":1}'],
  ])('shows %s in a control of its kind', (_, schema, typed, tag, value) => {
    const element = control(shown(schema, typed))
    expect([element.tagName, element.value]).toEqual([tag, value])
  })

  it('has a label that belongs to its control', () => {
    const fixture = shown(z.string().meta({ title: 'Folder' }), '')
    const label = (fixture.nativeElement as HTMLElement).querySelector('label')
    expect(label?.textContent).toBe('Folder')
    expect(label?.htmlFor).toBe(control(fixture).id)
  })

  it('says what is wrong, where those who do not see it hear it', () => {
    const fixture = shown(z.int(), 'x', 'This must be a number.')
    const element = control(fixture)
    const note = (fixture.nativeElement as HTMLElement).querySelector(
      `#${element.getAttribute('aria-describedby')}`,
    )
    expect(element.getAttribute('aria-invalid')).toBe('true')
    expect(note?.textContent).toContain('This must be a number.')
  })

  it('tells what is typed and switched', () => {
    const heard: Typed[] = []
    const text = shown(z.string(), '')
    text.componentInstance.changed.subscribe((typed) => heard.push(typed))
    control(text).value = 'new'
    control(text).dispatchEvent(new Event('input'))
    const onOff = shown(z.boolean(), true)
    onOff.componentInstance.changed.subscribe((typed) => heard.push(typed))
    control(onOff).click()
    expect(heard).toEqual(['new', false])
  })
})
