import * as z from 'zod'

/** A whole number of a setting: from the environment and from flags it is a text. */
export function whole(min: number, max: number) {
  const rule = `must be a whole number from ${min} to ${max}`
  return z
    .union(
      [
        z.number(rule),
        z
          .string(rule)
          .regex(/^[0-9]{1,12}$/, rule)
          .transform(Number),
      ],
      rule,
    )
    .pipe(z.int(rule).min(min, rule).max(max, rule))
}
