/** Reads what was typed after the commands. Throws what commander tells together with the option's name. */
import { InvalidArgumentError } from 'commander'

export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }
}

export function minutes(text: string): number {
  const value = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && value > 0) return value
  throw new InvalidArgumentError('It must be a number of minutes.')
}

export function jsonObject(text: string): Record<string, unknown> {
  const value = jsonOrText(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new InvalidArgumentError(`It must be a JSON object, like '{"path":"/photos"}'.`)
}

/** Collects 'path=/photos' and 'steps=5': a value that is JSON is taken as such. */
export function nameAndValue(
  pair: string,
  before: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const at = pair.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('It must be name=value.')
  const name = pair.slice(0, at)
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`'${name}' is given twice.`)
  return Object.fromEntries([...Object.entries(before), [name, jsonOrText(pair.slice(at + 1))]])
}

/** '50' is a number, 'high' a word. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
