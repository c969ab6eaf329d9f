/** RFC 7386 merge patches: how history keeps what a turn changed. */

type Json = unknown

/** The patch that turns `before` into `after`; undefined where none can say it (a null inside `after`). */
export function mergePatch(before: Json, after: Json): Json | undefined {
  if (!isObject(before) || !isObject(after)) return holdsNull(after) ? undefined : after
  const patch: Record<string, Json> = {}
  for (const name of Object.keys(before)) if (!(name in after)) patch[name] = null
  for (const name of Object.keys(after)) {
    const part = memberPatch(before, after, name)
    if (part === undefined) return undefined
    if (part !== unchanged) patch[name] = part
  }
  return patch
}
const unchanged = Symbol('unchanged')

function memberPatch(before: Record<string, Json>, after: Record<string, Json>, name: string): Json {
  const [was, is] = [before[name], after[name]]
  if (was === is && name in before) return unchanged
  if (is === null || name === '__proto__') return undefined
  if (typeof is !== 'object') return is
  if (isObject(was) && isObject(is)) {
    const patch = mergePatch(was, is)
    return patch !== undefined && Object.keys(patch as object).length === 0 ? unchanged : patch
  }
  return JSON.stringify(was) === JSON.stringify(is) ? unchanged : mergePatch(undefined, is)
}

/** `target` with `patch` applied. */
export function applyPatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch
  const result: Record<string, Json> = isObject(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name]
    else result[name] = applyPatch(result[name], value)
  }
  return result
}

function isObject(value: Json): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A null anywhere a patch would read it as "remove". Arrays are replaced whole, so theirs are harmless. */
function holdsNull(value: Json): boolean {
  if (value === null) return true
  return isObject(value) && Object.values(value).some(holdsNull)
}
