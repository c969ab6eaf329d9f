/**
 * Passwords, hashed with Argon2id and OWASP's parameters. The work is done in the process's thread pool, a few at a time: many people
 * who sign in at once wait for each other, and nobody else waits for them.
 */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { Refusal } from '../rest/refusal.ts'

const derive = promisify(argon2)
const algorithm = 'argon2id'
const cost = { memory: 19_456, passes: 2, parallelism: 1 }
const saltBytes = 16
const hashBytes = 32
const pattern = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

/** The pool has four threads; files and names are looked up there too. */
const atOnceMax = 2
/** At some 30 ms each, the last of them waits a little more than a second. */
const waitingMax = 100

export interface Passwords {
  /** As a PHC string. */
  hash(password: string): Promise<string>
  /** Takes as long where there is no hash to compare with. */
  check(
    password: string,
    hash: string | undefined,
  ): Promise<{ readonly right: boolean; readonly outdated: boolean }>
}

export function makePasswords(): Passwords {
  const turn = takeTurns()
  // Nobody's password: what is compared where there is no user.
  const nobody = phc(randomBytes(saltBytes), randomBytes(hashBytes))
  return {
    async hash(password) {
      const salt = randomBytes(saltBytes)
      return phc(salt, await turn(() => digest(password, salt, cost, hashBytes)))
    },
    async check(password, hash = nobody) {
      const [, m, t, p, salt = '', expected = ''] = pattern.exec(hash) ?? []
      const given = { memory: Number(m), passes: Number(t), parallelism: Number(p) }
      const known = Buffer.from(expected, 'base64')
      const found = await turn(() => digest(password, Buffer.from(salt, 'base64'), given, known.length))
      return {
        right: hash !== nobody && timingSafeEqual(found, known),
        outdated: given.memory !== cost.memory || given.passes !== cost.passes,
      }
    },
  }
}

function digest(
  password: string,
  nonce: Buffer,
  { memory, passes, parallelism }: typeof cost,
  tagLength: number,
): Promise<Buffer> {
  // Keyboards differ in how they make the same letters.
  const message = password.normalize('NFKC')
  return derive(algorithm, { message, nonce, memory, passes, parallelism, tagLength })
}

function phc(salt: Buffer, hash: Buffer): string {
  const { memory, passes, parallelism } = cost
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(hash)}`
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}

/** Runs tasks a few at a time in the order in which they come, and refuses those beyond what may wait. */
function takeTurns() {
  const waiting: (() => void)[] = []
  let running = 0
  return async function turn<T>(task: () => Promise<T>): Promise<T> {
    if (waiting.length >= waitingMax)
      throw new Refusal(
        'unavailable',
        'Too many people sign in at this moment. Try again in a few seconds.',
        {
          retryAfterMs: 3_000,
        },
      )
    if (running >= atOnceMax) await new Promise<void>((start) => waiting.push(start))
    else running++
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
