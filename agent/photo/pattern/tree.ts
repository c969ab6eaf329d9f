/** What a pattern means, as a tree. */
import type { CharacterSet } from './sets.ts'

export type Place = 'textStart' | 'textEnd' | 'end' | 'lineStart' | 'lineEnd' | 'word' | 'noWord'

export type Tree =
  | { readonly kind: 'character'; readonly code: number }
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'at'; readonly place: Place; readonly ascii: boolean }
  | { readonly kind: 'sequence'; readonly items: readonly Tree[] }
  | { readonly kind: 'choice'; readonly branches: readonly Tree[] }
  | {
      readonly kind: 'repeat'
      readonly item: Tree
      readonly least: number
      readonly most: number
      readonly lazy: boolean
    }
  | { readonly kind: 'group'; readonly number: number | undefined; readonly item: Tree }

/** Whether it matches without taking anything. */
export function mayBeEmpty(tree: Tree): boolean {
  if (tree.kind === 'character' || tree.kind === 'set') return false
  if (tree.kind === 'repeat' && tree.least === 0) return true
  return tree.kind === 'choice' ? tree.branches.some(mayBeEmpty) : partsOf(tree).every(mayBeEmpty)
}

function partsOf(tree: Tree): readonly Tree[] {
  if (tree.kind === 'sequence') return tree.items
  if (tree.kind === 'choice') return tree.branches
  return tree.kind === 'repeat' || tree.kind === 'group' ? [tree.item] : []
}
