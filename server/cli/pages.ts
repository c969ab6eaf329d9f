/** Lists that come page by page. */

export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

const pageMax = 200

/** So many at most; `isMore` where there are others. */
export async function collected<T>(
  most: number,
  page: (place: { readonly limit: number; readonly after: string | undefined }) => Promise<Page<T>>,
): Promise<{ readonly items: readonly T[]; readonly isMore: boolean }> {
  const items: T[] = []
  let after: string | undefined
  do {
    const { items: found, next } = await page({ limit: Math.min(pageMax, most - items.length), after })
    items.push(...found)
    after = next ?? undefined
  } while (after !== undefined && items.length < most)
  return { items, isMore: after !== undefined }
}
