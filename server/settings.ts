import * as z from 'zod'

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
    /** Where the embedded PostgreSQL keeps its data. */
    DATA_DIR: z.string().min(1).default('.data'),
  })
  .transform(({ DATABASE_URL, HOST, PORT, DATA_DIR }) => ({
    databaseUrl: DATABASE_URL,
    host: HOST,
    port: PORT,
    dataDir: DATA_DIR,
  }))

export type Settings = z.infer<typeof settings>

/** Reads the settings from the environment. Throws one error that names every variable at fault. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const result = settings.safeParse(environment)
  if (result.success) return result.data
  const faults = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new Error(`the environment is not right. ${faults.join('; ')}`)
}
