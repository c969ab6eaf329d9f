/** Why something that was asked of the server was not done, with a sentence that names the way out. */
import type { Problem } from '#specs/problem.ts'

export type TroubleCode = Problem['code'] | 'unreachable' | 'outdated'

export class Trouble extends Error {
  readonly code: TroubleCode
  readonly fields: readonly { readonly path: string; readonly message: string }[]
  readonly retryAfterMs: number | undefined

  constructor(problem: {
    readonly code: TroubleCode
    readonly detail: string
    readonly fields?: Problem['fields']
    readonly retryAfterMs?: number | undefined
  }) {
    super(sentence(problem.detail))
    this.code = problem.code
    this.fields = problem.fields ?? []
    this.retryAfterMs = problem.retryAfterMs
  }

  static unreachable(): Trouble {
    return new Trouble({
      code: 'unreachable',
      detail:
        'The server does not answer. Check that it runs and that this device has a network, then try again.',
    })
  }

  static outdated(): Trouble {
    return new Trouble({
      code: 'outdated',
      detail: 'The server speaks a newer language than this page. Reload the page.',
    })
  }

  /** Whether asking the same again may help. */
  get passes(): boolean {
    return ['unreachable', 'unavailable', 'outcome_unknown', 'too_many_requests', 'queue_full'].includes(
      this.code,
    )
  }
}

/** Anything that was thrown, as trouble. */
export function asTrouble(error: unknown): Trouble {
  if (error instanceof Trouble) return error
  const cause: unknown = error instanceof Error ? error.cause : undefined
  if (cause instanceof Trouble) return cause
  const detail = error instanceof Error ? error.message : String(error)
  return new Trouble({ code: 'internal', detail: `This page has a fault (${detail}). Reload it.` })
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(capital) ? capital : `${capital}.`
}
