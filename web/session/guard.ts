import { inject } from '@angular/core'
import { Router, type CanActivateFn } from '@angular/router'
import { Session } from './session.ts'

/** Lets those in who are signed in; the others sign in first and come back. */
export const signedIn: CanActivateFn = async (_, { url }) => {
  const [session, router] = [inject(Session), inject(Router)]
  const { kind } = await session.settled()
  if (kind === 'in') return true
  return router.createUrlTree(['/sign-in'], { queryParams: url === '/' ? {} : { to: url } })
}
