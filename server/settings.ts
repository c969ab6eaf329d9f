import { resolve } from 'node:path'
import * as z from 'zod'
import { rateDefaults } from './rest/rate-limit.ts'
import { contradictions, thresholdsFrom, thresholdVariables } from './thresholds.ts'

const perMinute = z.coerce.number('must be a number').int().min(1)
const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )

const settings = z
  .object({
    /** A PostgreSQL to use; without it the server brings its own. */
    DATABASE_URL: z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'must look like postgresql://user:password@host:5432/database')
      .optional(),
    HOST: z.string().min(1).default('127.0.0.1'),
    /** 0 takes any free port. */
    PORT: z.coerce.number('must be a number').int().min(0).max(65_535).default(4600),
    /** Where the embedded PostgreSQL and the local agent keep their data. */
    DATA_DIR: z.string().min(1).default('.data'),
    /** The address that people and agents use, where it is not the one that the server listens at. */
    SAFELIGHT_PUBLIC_URL: z.url('must be an address like https://safelight.example.org').optional(),
    /** Only what these say about a caller's address is believed. */
    SAFELIGHT_TRUSTED_PROXIES: list,
    /** An agent beside the server: 'on', or 'off'. */
    SAFELIGHT_LOCAL_AGENT: z.enum(['on', 'off'], "must be 'on' or 'off'").default('on'),
    /** The folders that the local agent may scan. */
    SAFELIGHT_LOCAL_ROOTS: list,
    SAFELIGHT_QUEUE_MAX: z.coerce.number('must be a number').int().min(1).default(10_000),
    SAFELIGHT_LOG: z.enum(['debug', 'info', 'warn', 'error']).default('warn'),
    SAFELIGHT_ANONYMOUS_PER_MINUTE: perMinute.default(rateDefaults.anonymousPerMinute),
    SAFELIGHT_USER_PER_MINUTE: perMinute.default(rateDefaults.userPerMinute),
    SAFELIGHT_AGENT_PER_MINUTE: perMinute.default(rateDefaults.agentPerMinute),
    ...thresholdVariables.shape,
  })
  .transform((given) => ({
    databaseUrl: given.DATABASE_URL,
    host: given.HOST,
    port: given.PORT,
    dataDir: resolve(given.DATA_DIR),
    publicUrl: given.SAFELIGHT_PUBLIC_URL?.replace(/\/+$/, ''),
    trustedProxies: given.SAFELIGHT_TRUSTED_PROXIES,
    localAgent: given.SAFELIGHT_LOCAL_AGENT === 'on',
    localRoots: given.SAFELIGHT_LOCAL_ROOTS,
    queueMax: given.SAFELIGHT_QUEUE_MAX,
    logLevel: given.SAFELIGHT_LOG,
    limits: {
      anonymousPerMinute: given.SAFELIGHT_ANONYMOUS_PER_MINUTE,
      userPerMinute: given.SAFELIGHT_USER_PER_MINUTE,
      agentPerMinute: given.SAFELIGHT_AGENT_PER_MINUTE,
    },
    times: thresholdsFrom(given),
  }))
  .superRefine(({ times }, context) => {
    for (const message of contradictions(times))
      context.addIssue({ code: 'custom', path: ['SAFELIGHT_*_MS'], message })
  })

/** What every program needs of the environment, for those that the server starts. */
const passedOn = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'SystemRoot', 'USERPROFILE']

export type Settings = z.infer<typeof settings> & {
  readonly surroundings: Readonly<Record<string, string | undefined>>
}

/** Reads the settings from the environment. Throws one error that names every variable at fault. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const result = settings.safeParse(environment)
  if (result.success)
    return {
      ...result.data,
      surroundings: Object.fromEntries(passedOn.map((name) => [name, environment[name]])),
    }
  const faults = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new Error(`the environment is not right. ${faults.join('; ')}`)
}
