/** Every setting of the server, what it may be, and what it is where nobody says. */
import { resolve } from 'node:path'
import * as z from 'zod'
import { fleetDefaults } from '#actors/index.ts'
import { whole } from '#specs/whole.ts'
import { isNetwork } from './rest/address.ts'
import { faultInPolicy } from './rest/policy.ts'
import { rateDefaults } from './rest/rate-limit.ts'
import { type Given, type ShownSetting, shown, sourcesOf } from './settings-sources.ts'
import { warningsAbout } from './settings-warnings.ts'
import { contradictions, thresholdsFrom, thresholdVariables } from './thresholds.ts'

const countMax = 1_000_000_000
const perMinute = whole(1, countMax)
const list = z.union(
  [z.array(z.string().trim().min(1)), z.string().transform(partsOf)],
  'must be a list, with commas between its parts',
)
const networks = list.refine(
  (entries) => entries.every(isNetwork),
  'must be addresses and networks, like 10.0.0.1, 10.0.0.0/8 or fd00::/8, with commas between them',
)

/** By the name that each has in the environment, and in the settings file. */
const variables = {
  /** A PostgreSQL to use; without it the server brings its own. */
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must look like postgresql://user:password@host:5432/database')
    .optional(),
  HOST: z.string().min(1).default('127.0.0.1'),
  /** 0 takes any free port. */
  PORT: whole(0, 65_535).default(4600),
  /** Where the embedded PostgreSQL and the local agent keep their data. */
  DATA_DIR: z
    .string()
    .min(1)
    .default('.data')
    .transform((folder) => resolve(folder)),
  /** The address that people and agents use, where it is not the one that the server listens at. */
  SAFELIGHT_PUBLIC_URL: z
    .url('must be an address like https://safelight.example.org')
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  /** Only what these say about a caller's address is believed. */
  SAFELIGHT_TRUSTED_PROXIES: networks.default([]),
  /** Where agents may call from; from anywhere where it is empty. */
  SAFELIGHT_AGENTS_FROM: networks.default([]),
  /** Where may be called from what only admins may do. */
  SAFELIGHT_ADMINS_FROM: networks.default([]),
  /** A file that denies some of what the table of routes allows. */
  SAFELIGHT_POLICY: z
    .string()
    .min(1)
    .transform((file) => resolve(file))
    .superRefine((file, context) => {
      const message = faultInPolicy(file)
      if (message !== undefined) context.addIssue({ code: 'custom', message })
    })
    .optional(),
  /** An agent beside the server: 'on', or 'off'. */
  SAFELIGHT_LOCAL_AGENT: z.enum(['on', 'off'], "must be 'on' or 'off'").default('on'),
  /** The folders that the local agent may scan. */
  SAFELIGHT_LOCAL_ROOTS: list.default([]),
  SAFELIGHT_QUEUE_MAX: whole(1, countMax).default(10_000),
  /** Attempts that one agent is granted a minute. What is over that waits, or goes to others. */
  SAFELIGHT_CLAIMS_PER_AGENT_PER_MINUTE: perMinute.default(fleetDefaults.claimsPerMinute),
  /** Tools that are not known here, and that agents may bring along without being approved; '*': any. */
  SAFELIGHT_ALLOWED_TOOLS: list.default([]),
  /** Ended jobs, their results and their logs are kept for so many days. */
  SAFELIGHT_KEEP_JOBS_DAYS: whole(1, 36_500).default(90),
  SAFELIGHT_LOG: z
    .enum(['debug', 'info', 'warn', 'error'], "must be 'debug', 'info', 'warn' or 'error'")
    .default('warn'),
  SAFELIGHT_ANONYMOUS_PER_MINUTE: perMinute.default(rateDefaults.anonymousPerMinute),
  SAFELIGHT_USER_PER_MINUTE: perMinute.default(rateDefaults.userPerMinute),
  SAFELIGHT_AGENT_PER_MINUTE: perMinute.default(rateDefaults.agentPerMinute),
  ...thresholdVariables.shape,
}
const Variables = z.object(variables)
const variableNames = Object.keys(variables)

/** What every program needs of the environment, for those that the server starts. */
const passedOn = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'SystemRoot', 'USERPROFILE']

export type Settings = ReturnType<typeof settingsFrom> & {
  readonly surroundings: Readonly<Record<string, string | undefined>>
  /** What is allowed, and may not be meant. */
  readonly warnings: readonly string[]
  /** All of them as they may be shown. */
  readonly shown: readonly ShownSetting[]
}

/** Reads the settings: the environment beats the file, that beats the default. Throws one error that names all that is wrong. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const { given, faults } = sourcesOf(environment, variableNames)
  const { settings, values } = parsed(given, faults)
  return {
    ...settings,
    surroundings: Object.fromEntries(passedOn.map((name) => [name, environment[name]])),
    warnings: warningsAbout(settings, environment, variableNames),
    shown: shown(variableNames, values, given),
  }
}

function parsed(given: Given, faults: readonly string[]) {
  const { data, error } = Variables.safeParse(
    Object.fromEntries([...given].map(([name, { value }]) => [name, value])),
  )
  const wrong = error?.issues.map(({ path: [name = ''], message }) => `${String(name)}: ${message}`) ?? []
  const settings = data && settingsFrom(data)
  const contradicting = settings === undefined ? [] : contradictions(settings.times)
  const all = [...faults, ...wrong, ...contradicting.map((message) => `SAFELIGHT_*_MS: ${message}`)]
  if (data === undefined || settings === undefined || all.length > 0)
    throw new Error(`the settings are not right. ${all.map((fault) => fault.replace(/\.$/, '')).join('; ')}`)
  return { settings, values: data }
}

function settingsFrom(given: z.output<typeof Variables>) {
  return {
    databaseUrl: given.DATABASE_URL,
    host: given.HOST,
    port: given.PORT,
    dataDir: given.DATA_DIR,
    publicUrl: given.SAFELIGHT_PUBLIC_URL,
    trustedProxies: given.SAFELIGHT_TRUSTED_PROXIES,
    agentsFrom: given.SAFELIGHT_AGENTS_FROM,
    adminsFrom: given.SAFELIGHT_ADMINS_FROM,
    policyFile: given.SAFELIGHT_POLICY,
    localAgent: given.SAFELIGHT_LOCAL_AGENT === 'on',
    localRoots: given.SAFELIGHT_LOCAL_ROOTS,
    queueMax: given.SAFELIGHT_QUEUE_MAX,
    fleetLimits: {
      claimsPerMinute: given.SAFELIGHT_CLAIMS_PER_AGENT_PER_MINUTE,
      allowedTools: given.SAFELIGHT_ALLOWED_TOOLS,
    },
    keepJobsDays: given.SAFELIGHT_KEEP_JOBS_DAYS,
    logLevel: given.SAFELIGHT_LOG,
    limits: {
      anonymousPerMinute: given.SAFELIGHT_ANONYMOUS_PER_MINUTE,
      userPerMinute: given.SAFELIGHT_USER_PER_MINUTE,
      agentPerMinute: given.SAFELIGHT_AGENT_PER_MINUTE,
    },
    times: thresholdsFrom(given),
  }
}

function partsOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
