import './no-eval.ts'
import { ErrorHandler, provideBrowserGlobalErrorListeners } from '@angular/core'
import { bootstrapApplication } from '@angular/platform-browser'
import {
  provideRouter,
  withComponentInputBinding,
  withInMemoryScrolling,
  withNavigationErrorHandler,
} from '@angular/router'
import { reloadIfOutdated } from './shell/reload.ts'
import { Faults } from './shell/faults.ts'
import { Root } from './shell/root.ts'
import { screens } from './shell/routes.ts'

await bootstrapApplication(Root, {
  providers: [
    provideBrowserGlobalErrorListeners(),
    { provide: ErrorHandler, useClass: Faults },
    provideRouter(
      screens,
      withComponentInputBinding(),
      withNavigationErrorHandler(reloadIfOutdated),
      withInMemoryScrolling({ scrollPositionRestoration: 'enabled' }),
    ),
  ],
})
