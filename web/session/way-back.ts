/** Where to go after signing in: only to a screen of this program, never to a foreign address. */
export function wayBack(to: string | undefined): string {
  const isOurs = to !== undefined && /^\/(?![/\\])/.test(to) && !to.startsWith('/sign-in')
  return isOurs ? to : '/'
}

/** The one-time token of the first start, which stands behind the # so that no server ever logs it. */
export function tokenIn(fragment: string | null): string {
  const text = fragment ?? ''
  return new URLSearchParams(text).get('token') ?? text
}
