/** Answers that are no answers: failures as in the reference, and what is refused here only. */
import { PatternRefused } from '#agent/photo/pattern/errors.ts'
import { PipelineTooLarge, ShuttersenseFailure } from '#agent/photo/shuttersense/failure.ts'

/** That a job has failed is compared, and not in which words. */
export const failed = { success: false, failed: true } as const

/** What is refused is a difference to anything that can be recorded. */
export function attempt<Answer extends object>(
  run: () => Answer,
): Answer | typeof failed | { refused: string } {
  try {
    return run()
  } catch (error) {
    if (error instanceof ShuttersenseFailure) return failed
    if (error instanceof PatternRefused || error instanceof PipelineTooLarge)
      return { refused: error.message }
    throw error
  }
}
