/** `npm run build:web`: builds the dashboard if its sources have changed. */
import { fileURLToPath } from 'node:url'
import { fail } from '../fail.ts'
import { buildWeb } from './build.ts'

try {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const { folder, isNew } = await buildWeb({ root, say: console.log })
  console.log(isNew ? `The dashboard is built in ${folder}.` : 'The dashboard is up to date.')
} catch (error) {
  fail(error)
}
