import { Component, computed, inject, signal } from '@angular/core'
import { ActivatedRoute, Router } from '@angular/router'
import { Welcome } from '#specs/people.ts'
import { Doing } from '../ui/doing.ts'
import { Field } from '../ui/field.ts'
import { Icon } from '../ui/icon.ts'
import { Empty } from '../ui/states.ts'
import { Session } from './session.ts'
import { tokenIn } from './way-back.ts'

const blank = { name: '', team: '', email: '', password: '' }
type Name = keyof typeof blank

/** The first start: whoever has the one-time link becomes the first admin. */
@Component({
  selector: 'sl-welcome-page',
  imports: [Empty, Field, Icon],
  host: { class: 'door' },
  templateUrl: './welcome-page.html',
})
export class WelcomePage {
  readonly #session = inject(Session)
  readonly #router = inject(Router)
  protected readonly token = tokenIn(inject(ActivatedRoute).snapshot.fragment)
  protected readonly doing = new Doing()
  protected readonly form = signal(blank)
  protected readonly touched = signal<ReadonlySet<Name>>(new Set())
  protected readonly problems = computed(() => problemsIn(this.form()))

  protected type(name: Name, value: string): void {
    this.form.update((form) => ({ ...form, [name]: value }))
  }

  protected leave(name: Name): void {
    this.touched.update((touched) => new Set(touched).add(name))
  }

  protected problemOf(name: Name): string | null {
    const told = this.doing.trouble()?.fields.find(({ path }) => path === name)?.message
    return (this.touched().has(name) ? this.problems()[name] : undefined) ?? told ?? null
  }

  protected async begin(event: Event): Promise<void> {
    event.preventDefault()
    this.touched.set(new Set(Object.keys(blank) as Name[]))
    if (Object.keys(this.problems()).length > 0) return
    const { team, ...person } = this.form()
    const body = { token: this.token, ...person, ...(team.trim() === '' ? {} : { team }) }
    if (await this.doing.run(() => this.#session.welcome(body)))
      await this.#router.navigateByUrl('/agents/enrol')
  }
}

function problemsIn(form: typeof blank): Partial<Record<Name, string>> {
  const { error } = Welcome.omit({ token: true, team: true }).safeParse(
    Object.fromEntries(Object.entries(form).filter(([name]) => name !== 'team')),
  )
  return Object.fromEntries(error?.issues.map(({ path, message }) => [path[0], `It ${message}.`]) ?? [])
}
