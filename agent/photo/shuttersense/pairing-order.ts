/** The order in which pairings are joined: those near a capture first, by the longest way to each. */
import { outputsOf, type Pipeline } from './pipeline.ts'

export function pairingOrder(pipeline: Pipeline): string[] {
  const distance = distancesIn(pipeline)
  return pipeline.nodes
    .filter(({ type }) => type === 'pairing')
    .map(({ id }) => id)
    .sort((a, b) => (distance.get(a) ?? 0) - (distance.get(b) ?? 0))
}

/** How many edges the longest way from a capture has, without going in circles. */
function distancesIn(pipeline: Pipeline): ReadonlyMap<string, number> {
  const distances = new Map<string, number>()
  for (const id of topDown(pipeline)) {
    const own = pipeline.byId.get(id)?.type === 'capture' ? 0 : distances.get(id)
    if (own === undefined) continue
    distances.set(id, own)
    for (const output of outputsOf(pipeline, id)) {
      if (output === id) continue
      distances.set(output, Math.max(distances.get(output) ?? 0, own + 1))
    }
  }
  return distances
}

/** Every node before those it leads to; where nodes lead to one another in a circle, the first that is reached. */
function topDown(pipeline: Pipeline): string[] {
  const order: string[] = []
  const seen = new Set<string>()
  for (const start of pipeline.nodes.filter(({ type }) => type === 'capture')) {
    if (seen.has(start.id)) continue
    seen.add(start.id)
    const open = [{ id: start.id, next: 0 }]
    for (let top = open.at(-1); top; top = open.at(-1)) {
      const output = outputsOf(pipeline, top.id)[top.next++]
      if (output === undefined) {
        order.push(top.id)
        open.pop()
      } else if (pipeline.byId.has(output) && !seen.has(output)) {
        seen.add(output)
        open.push({ id: output, next: 0 })
      }
    }
  }
  return order.reverse()
}
