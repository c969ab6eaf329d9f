/** Work that the specs give to the pool. */
export function double(n: number): number {
  return 2 * n
}
export function text(): string {
  return 'not a number'
}
export function fail(n: number): never {
  throw new Error(`can't work on ${n}`)
}
