/** The OpenAPI 3.1 document, made from the route table. */
import * as z from 'zod'
import { Problem, type ProblemCode, statusOf } from './problem.ts'
import type { Route } from './route.ts'
import { allRoutes } from './routes.ts'

type Json = Record<string, unknown>

/** What any route may answer, whatever it is given. */
const always = [
  'bad_request',
  'bad_json',
  'bad_input',
  'too_large',
  // From where the server does not let such calls in, or against its policy.
  'not_allowed',
  'too_many_requests',
  'unavailable',
  'outcome_unknown',
] as const satisfies ProblemCode[]

/** What a route may answer beside what it is for. */
export function problemsOf({ who, params, problems = [] }: Route): ProblemCode[] {
  const codes = new Set<ProblemCode>([...always, ...problems])
  if (who !== 'anyone') codes.add('not_signed_in')
  if (params) codes.add('not_found')
  // It may be of another version, have been removed while it called, or not have said hello yet.
  if (who === 'agent')
    for (const code of ['unsupported_version', 'not_found', 'wrong_state'] as const) codes.add(code)
  return [...codes]
}

export function openApi(version: string): Json {
  const paths: Record<string, Json> = {}
  const schemas: Json = { Problem: schemaOf(Problem, 'output') }
  for (const [name, route] of allRoutes) (paths[route.path] ??= {})[route.method] = operation(name, route)
  return lifted(
    {
      openapi: '3.1.0',
      info: {
        title: 'Safelight',
        version,
        description: 'A fleet of agents that watch over photo collections.',
      },
      paths,
      components: {
        schemas,
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: 'safelight_session' },
          token: { type: 'http', scheme: 'bearer', description: 'An API token or a JWT' },
          agent: { type: 'http', scheme: 'bearer', description: "An agent's key" },
        },
      },
    },
    schemas,
  )
}

/** Definitions that a schema brings along stand where the whole document finds them. */
function lifted(document: Json, schemas: Json): Json {
  const text = JSON.stringify(document, (key, value: unknown) => {
    if (key !== '$defs') return value
    Object.assign(schemas, value)
    return undefined
  })
  const known = JSON.stringify(schemas)
  const whole = JSON.parse(text) as { components: { schemas: Json } }
  whole.components.schemas = JSON.parse(known) as Json
  return JSON.parse(JSON.stringify(whole).replaceAll('#/$defs/', '#/components/schemas/')) as Json
}

function operation(name: string, route: Route): Json {
  const { tag, summary, who, scope, body, status = 200, answer } = route
  return {
    operationId: name,
    tags: [tag],
    summary,
    description: whoMay(who, scope),
    security: who === 'anyone' ? [] : who === 'agent' ? [{ agent: [] }] : [{ session: [] }, { token: [] }],
    parameters: [...fieldsOf(route.params, 'path'), ...fieldsOf(route.query, 'query')],
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } },
    }),
    responses: {
      [status]: {
        description: 'Done',
        content: { 'application/json': { schema: schemaOf(answer, 'output') } },
      },
      ...refusals(route),
    },
  }
}

function whoMay(who: Route['who'], scope: Route['scope']): string {
  if (who === 'anyone') return 'Anyone may call it.'
  if (who === 'agent') return "Needs an agent's key."
  return `Needs the role ${who}${scope === null ? '' : `; an API token needs the scope '${scope}'`}.`
}

function refusals(route: Route): Json {
  const byStatus = Map.groupBy(problemsOf(route), (code) => statusOf[code])
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [status, { description: codes.join(', '), content }]),
  )
}

function fieldsOf(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: field,
  }))
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json
  return rest
}
