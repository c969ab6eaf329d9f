/**
 * Work that can be done in any order and on any thread: items go in, one part comes out, parts merge to the same whole
 * however the items were shared out.
 */
export interface Unit<Item, Part> {
  readonly empty: () => Part
  /** Does one item, adds what it finds to the part, and names the items that follow from it. */
  readonly add: (part: Part, item: Item, found: (item: Item) => void, checkStop: () => void) => void
  readonly merge: (into: Part, other: Part) => void
}

/** A unit whose types are known to its tool alone. */
export type AnyUnit = (given: unknown) => Unit<unknown, unknown>

export function unit<Given, Item, Part>(make: (given: Given) => Unit<Item, Part>): AnyUnit {
  return make as unknown as AnyUnit
}

/** Works through the items, the newest first, until there are none or the time is over. What is left stays in the list. */
export function workThrough<Item, Part>(
  { empty, add }: Unit<Item, Part>,
  items: Item[],
  budgetMs: number,
  checkStop: () => void,
): Part {
  const part = empty()
  const until = performance.now() + budgetMs
  const found = (item: Item) => void items.push(item)
  do {
    const item = items.pop()
    if (item === undefined) break
    add(part, item, found, checkStop)
  } while (performance.now() < until)
  return part
}
