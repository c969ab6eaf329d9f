/** Whether a browser sends a request on behalf of a page of ours. */
import type { IncomingHttpHeaders } from 'node:http'

/**
 * True where the browser says that the page is ours: by its Origin, or where it sends none by Sec-Fetch-Site. Pages of
 * ours are those at the public address, and at the address that the request itself was sent to.
 */
export function isFromOwnPage(headers: IncomingHttpHeaders, publicUrl: string): boolean {
  const { origin, host } = headers
  if (origin !== undefined)
    return origin === new URL(publicUrl).origin || (host !== undefined && hostOf(origin) === host)
  return headers['sec-fetch-site'] === 'same-origin'
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
