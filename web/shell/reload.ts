/**
 * After an update the server has other files than an open page knows of. A screen that can't be loaded for that reason
 * is loaded anew, with the page; once, so that a server which has lost a file is not asked for it for ever.
 */
import type { NavigationError } from '@angular/router'

const place = 'safelight.reloaded'
const againMs = 30_000

export function reloadIfOutdated({ error, url }: NavigationError): void {
  if (!isMissingScreen(error) || wasJustReloaded()) throw error
  sessionStorage.setItem(place, String(Date.now()))
  location.assign(new URL(url.replace(/^\//, ''), document.baseURI))
}

function isMissingScreen(error: unknown): boolean {
  return error instanceof TypeError && /module/i.test(error.message)
}

function wasJustReloaded(): boolean {
  const last = Number(sessionStorage.getItem(place) ?? 0)
  return Date.now() - last < againMs
}
