/** Teams, users, and how they prove who they are. */
import * as z from 'zod'
import { Instant, Name } from './common.ts'
import { TeamId, TokenId, UserId } from './ids.ts'

/** Each may do what those before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const
export const Role = z.enum(roles)
export type Role = z.infer<typeof Role>

export const Email = z
  .email('must be an e-mail address')
  .max(254)
  .transform((text) => text.toLowerCase())
/** Long enough not to be guessed; more rules make worse passwords. */
export const Password = z.string().min(12, 'must have at least 12 characters').max(200)

/** How a team's jobs come to its agents: offered to the best one, or claimed by agents that ask. */
export const Placement = z.enum(['offer', 'strict-pull'])

/** Jobs of a team that run at once, at most. */
export const RunningMax = z.int().min(1).max(100_000)

export const Team = z.object({
  id: TeamId,
  name: Name,
  placement: Placement,
  /** Null: as many as its agents have slots for. */
  runningMax: RunningMax.nullable().default(null),
  createdAt: Instant,
})
export const NewTeam = z.strictObject({ name: Name })
export const TeamChange = z.strictObject({
  name: Name.optional(),
  placement: Placement.optional(),
  runningMax: RunningMax.nullable().optional(),
})

export const User = z.object({
  id: UserId,
  team: TeamId,
  email: z.string(),
  name: Name,
  role: Role,
  /** May make teams and see what belongs to none. */
  system: z.boolean(),
  disabled: z.boolean(),
  createdAt: Instant,
})
export type User = z.infer<typeof User>

export const NewUser = z.strictObject({ email: Email, name: Name, role: Role, password: Password })
export const UserChange = z.strictObject({
  name: Name.optional(),
  role: Role.optional(),
  disabled: z.boolean().optional(),
  password: Password.optional(),
})

export const SignIn = z.strictObject({ email: Email, password: z.string().max(200) })
/** The first admin's: the one-time link of the first start. */
export const Welcome = z.strictObject({
  token: z.string().min(1).max(200),
  email: Email,
  name: Name,
  password: Password,
  team: Name.default('My team'),
})
export const Me = z.object({ user: User, team: Team })
export type Me = z.infer<typeof Me>

/** What an API token may be used for: everything its owner may, or less. */
export const Scope = z.enum(['read', 'jobs', 'agents', 'admin'])
export type Scope = z.infer<typeof Scope>

export const Token = z.object({
  id: TokenId,
  name: Name,
  prefix: z.string(),
  scopes: z.array(Scope),
  createdAt: Instant,
  expiresAt: Instant,
  lastUsedAt: Instant.nullable(),
})
export const NewToken = z.strictObject({
  name: Name,
  scopes: z.array(Scope).min(1),
  expiresInDays: z.int().min(1).max(365).default(90),
})
/** The token itself is told once. */
export const TokenMade = z.object({ token: Token, secret: z.string() })

const jwtSeconds = z.int().min(60).max(86_400).default(3_600)
export const NewJwt = z.strictObject({ expiresInSeconds: jwtSeconds })
export const JwtRefresh = z.strictObject({
  /** As it came with the JWT before. It is good for one use. */
  refresh: z.string().min(1).max(200),
  expiresInSeconds: jwtSeconds,
})
export const JwtMade = z.object({
  jwt: z.string(),
  expiresAt: Instant,
  /** For the next JWT, once, without signing in. */
  refresh: z.string(),
  refreshExpiresAt: Instant,
})
