import {
  asyncScheduler,
  ignoreElements,
  merge,
  type MonoTypeOperatorFunction,
  type Observable,
  shareReplay,
  switchMap,
  take,
  throttleTime,
} from 'rxjs'

/** A screen needs no more: the first change shows at once, those that follow close together. */
const betweenMs = 100

/** Lets values through as fast as people can follow, the latest always; while paused, only the first one. */
export function paced<Value>(paused$: Observable<boolean>): MonoTypeOperatorFunction<Value> {
  return (source) => {
    const shared = source.pipe(shareReplay({ bufferSize: 1, refCount: true }))
    const shown$ = paused$.pipe(
      switchMap((isPaused) =>
        isPaused
          ? shared.pipe(take(1))
          : shared.pipe(throttleTime(betweenMs, asyncScheduler, { leading: true, trailing: true })),
      ),
    )
    // While paused nothing is shown, but everything is followed.
    return merge(shared.pipe(ignoreElements()), shown$)
  }
}
