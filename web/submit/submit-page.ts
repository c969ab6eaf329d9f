import { NgTemplateOutlet } from '@angular/common'
import { Component, computed, inject, input, linkedSignal, signal } from '@angular/core'
import { rxResource } from '@angular/core/rxjs-interop'
import { Router, RouterLink } from '@angular/router'
import { priorities } from '#specs/jobs.ts'
import { capabilityOf } from '#specs/tools.ts'
import { capable, outlookOf, outlookWords } from '../agents/outlook.ts'
import { foldersOf, isInside, namesOf } from '../agents/paths.ts'
import { signOf } from '../agents/words.ts'
import { Api } from '../api/api.ts'
import { Tools } from '../jobs/tools.ts'
import { Watching } from '../live/watching.ts'
import { Session } from '../session/session.ts'
import { Doing } from '../ui/doing.ts'
import { Field } from '../ui/field.ts'
import { Icon } from '../ui/icon.ts'
import { Notices } from '../ui/notices.ts'
import { Empty, Failed, Loading } from '../ui/states.ts'
import { knownParams } from './known-params.ts'
import { randomKey } from './random-key.ts'
import { fieldsOf, paramsOf, problemsIn, started, type Typed } from './schema-form.ts'
import { SchemaField } from './schema-field.ts'

/** A new job: which tool, with what, on which agent. */
@Component({
  selector: 'sl-submit-page',
  imports: [Empty, Failed, Field, Icon, Loading, NgTemplateOutlet, RouterLink, SchemaField],
  templateUrl: './submit-page.html',
})
export class SubmitPage {
  readonly tool = input<string>()
  readonly agent = input<string>()
  readonly params = input<string>()
  readonly #api = inject(Api)
  readonly #router = inject(Router)
  readonly #notices = inject(Notices)
  readonly #feeds = inject(Watching).feeds
  protected readonly session = inject(Session)
  protected readonly tools = inject(Tools)
  protected readonly signOf = signOf
  protected readonly namesOf = namesOf
  protected readonly doing = new Doing()
  protected readonly priorities = Object.entries(priorities).map(([name, value]) => ({ name, value }))
  protected readonly priority = signal<number>(priorities.normal)
  protected readonly isTried = signal(false)
  protected readonly agents = rxResource({ stream: () => this.#feeds.agents$ })

  protected readonly chosen = computed(() => {
    const [first] = this.realTools()
    return this.#tools().find(({ name }) => name === this.tool()) ?? first ?? this.#tools()[0]
  })
  readonly #tools = computed(() => (this.tools.list.hasValue() ? this.tools.list.value() : []))
  protected readonly realTools = computed(() => this.#tools().filter((tool) => !isSelftest(tool)))
  protected readonly selftests = computed(() => this.#tools().filter(isSelftest))
  protected readonly isSelftest = isSelftest
  protected readonly fields = computed(() => {
    const tool = this.chosen()
    return tool === undefined ? [] : fieldsOf(tool.params)
  })
  // Where something is needed, what may be left as it is stands folded behind it.
  protected readonly mainFields = computed(() => {
    const needed = this.fields().filter(({ required }) => required)
    return needed.length > 0 ? needed : this.fields()
  })
  protected readonly otherFields = computed(() =>
    this.fields().filter((field) => !this.mainFields().includes(field)),
  )
  protected readonly othersMatter = computed(() =>
    this.otherFields().some(
      ({ name, start }) => this.problemOf(name) !== null || this.#begun()[name] !== start,
    ),
  )
  readonly #begun = computed(() => started(this.fields(), knownParams(this.params())))
  protected readonly form = linkedSignal(() => this.#begun())
  protected readonly touched = linkedSignal<unknown, ReadonlySet<string>>({
    source: this.fields,
    computation: () => new Set(),
  })
  readonly #problems = computed(() => problemsIn(this.fields(), this.form()))

  protected readonly capable = computed(() => {
    const tool = this.chosen()
    if (tool === undefined || !this.agents.hasValue()) return []
    return capable(this.agents.value().values(), capabilityOf(tool)).toSorted((one, other) =>
      one.name.localeCompare(other.name),
    )
  })
  protected readonly bound = computed(() => this.capable().find(({ id }) => id === this.agent()))
  readonly #candidates = computed(() => {
    const bound = this.bound()
    return bound === undefined ? this.capable() : [bound]
  })
  protected readonly folders = computed(() => foldersOf(this.#candidates()))
  protected readonly paths = computed(() => this.folders().map(({ path }) => path))
  readonly #path = computed(() => {
    const path = this.form()['path']
    return typeof path === 'string' && path.trim() !== '' && this.folders().length > 0 ? path : null
  })
  readonly #wanted = computed(() => {
    const tool = this.chosen()
    const needs = tool === undefined ? [] : [capabilityOf(tool)]
    return { needs, boundTo: this.bound()?.id ?? null, folder: this.#path() }
  })
  /** What it would wait for, once submitted; null where nothing is in its way. */
  protected readonly obstacle = computed(() => {
    if (!this.agents.hasValue() || this.capable().length === 0) return null
    const outlook = outlookOf(this.#wanted(), this.agents.value().values())
    if (outlook === 'open' || outlook === 'busy') return null
    return outlookWords(this.#wanted(), this.agents.value())
  })
  readonly #whoMay = computed(() => {
    const path = this.#path()
    return this.#candidates().filter(({ roots }) => path === null || isInside(path, roots))
  })
  protected readonly outside = computed(() => this.bound() !== undefined && this.#whoMay().length === 0)
  /** Who may look into the folder, where others may not. */
  protected readonly fewWhoMay = computed(() => {
    const who = this.#whoMay()
    return who.length > 0 && who.length < this.#candidates().length ? who : null
  })

  // The same draft is the same job, however often it is sent; another draft is another.
  readonly #draft = linkedSignal({
    source: () => JSON.stringify([this.chosen()?.name, this.form(), this.agent(), this.priority()]),
    computation: () => randomKey(),
  })

  protected choose(given: { readonly tool?: string; readonly agent?: string }): void {
    const queryParams = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, value === '' ? null : value]),
    )
    const rest = given.tool === undefined ? {} : { params: null }
    void this.#router.navigate([], {
      queryParams: { ...queryParams, ...rest },
      queryParamsHandling: 'merge',
      replaceUrl: true,
    })
  }

  protected type(name: string, typed: Typed): void {
    this.form.update((form) => ({ ...form, [name]: typed }))
    this.touched.update((touched) => new Set(touched).add(name))
  }

  protected problemOf(name: string): string | null {
    const isShown = this.isTried() || this.touched().has(name)
    const told = this.doing.trouble()?.fields.find(({ path }) => path.replace(/^params\./, '') === name)
    return (isShown ? this.#problems()[name] : undefined) ?? told?.message ?? null
  }

  protected async submit(event: Event): Promise<void> {
    event.preventDefault()
    this.isTried.set(true)
    const tool = this.chosen()
    if (tool === undefined || Object.keys(this.#problems()).length > 0) return focusFirstFault()
    const params = paramsOf(this.fields(), this.form()) as Record<string, never>
    const agent = this.bound()?.id
    const body = {
      tool: tool.name,
      params,
      priority: this.priority(),
      ...(agent === undefined ? {} : { agent }),
    }
    await this.doing.run(async () => {
      const { id } = await this.#api.call('submitJob', { query: {}, body }, { idempotencyKey: this.#draft() })
      this.#notices.say('The job is submitted.')
      await this.#router.navigate(['/jobs', id])
    })
  }
}

function isSelftest({ name }: { readonly name: string }): boolean {
  return name.startsWith('selftest.')
}

function focusFirstFault(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>('form [aria-invalid="true"]')?.focus())
}
