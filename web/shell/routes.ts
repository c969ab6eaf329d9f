import type { Routes } from '@angular/router'
import { signedIn } from '../session/guard.ts'

/** Every screen. Each is loaded when it is first shown. */
export const screens: Routes = [
  { path: '', pathMatch: 'full', redirectTo: 'jobs' },
  {
    path: 'welcome',
    title: 'Welcome · Safelight',
    loadComponent: async () => (await import('../session/welcome-page.ts')).WelcomePage,
  },
  {
    path: 'sign-in',
    title: 'Sign in · Safelight',
    loadComponent: async () => (await import('../session/sign-in-page.ts')).SignInPage,
  },
  {
    path: '',
    canActivate: [signedIn],
    children: [
      {
        path: 'agents',
        title: 'Agents · Safelight',
        loadComponent: async () => (await import('../agents/agents-page.ts')).AgentsPage,
      },
      {
        path: 'agents/enrol',
        title: 'Enrol an agent · Safelight',
        loadComponent: async () => (await import('../agents/enrol-page.ts')).EnrolPage,
      },
      {
        path: 'agents/:id',
        title: 'Agent · Safelight',
        loadComponent: async () => (await import('../agents/agent-page.ts')).AgentPage,
      },
      {
        path: 'jobs',
        title: 'Jobs · Safelight',
        loadComponent: async () => (await import('../jobs/jobs-page.ts')).JobsPage,
      },
      {
        path: 'jobs/:id',
        title: 'Job · Safelight',
        loadComponent: async () => (await import('../jobs/job-page.ts')).JobPage,
      },
      {
        path: 'submit',
        title: 'New job · Safelight',
        loadComponent: async () => (await import('../submit/submit-page.ts')).SubmitPage,
      },
      {
        path: '**',
        title: 'Not found · Safelight',
        loadComponent: async () => (await import('./not-found-page.ts')).NotFoundPage,
      },
    ],
  },
]
