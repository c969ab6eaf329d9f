/**
 * The dashboard under /app: built files from memory, each compressed once when it was built. What carries a hash in its
 * name never changes; the page itself is asked for anew each time, and answered with 304 where it is the same. Every
 * address that is no file is a screen, and gets the page.
 */
import express, { type Request, type Response, type Router } from 'express'
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'

const codings = ['br', 'gzip', 'identity'] as const
type Coding = (typeof codings)[number]
interface WebFile {
  readonly type: string
  readonly hash: string
  readonly isLasting: boolean
  readonly bodies: ReadonlyMap<Coding, Buffer>
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}
const endings: Readonly<Record<Coding, string>> = { br: '.br', gzip: '.gz', identity: '' }
/** As the build names them: 'main-7VXZEIWU.js'. */
const hashedName = /-[A-Za-z0-9_-]{8}\.(js|css|woff2)$/
const page = 'index.html'

/** Reads what was built in the folder. Where nothing is, the dashboard's addresses say what to do. */
export async function webRouter(folder: string): Promise<Router> {
  const files = await readFiles(folder)
  const router = express.Router({ strict: true })
  router.get('/', (_request, response) => response.redirect(302, '/app/'))
  const index = files.get(page)
  if (index === undefined) {
    router.get(['/app', '/app/{*path}'], (_request, response) => notBuilt(response))
    return router
  }
  const policy = pagePolicy(index.bodies.get('identity')?.toString() ?? '')
  router.get(['/app', '/app/{*path}'], (request, response, next) => {
    const name = request.path.slice('/app/'.length)
    const file = files.get(name)
    if (file !== undefined && name !== page) return send(request, response, file)
    // A file of another build: a page in its place would be run as a script.
    if (extname(name) in types && name !== page) return next()
    response.setHeader('content-security-policy', policy)
    send(request, response, index)
  })
  return router
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, WebFile>> {
  const paths = await readdir(folder, { recursive: true }).catch(() => [])
  const names = paths.filter((path) => extname(path) in types)
  const read = await Promise.all(
    names.map(async (name) => [name.replaceAll(sep, '/'), await readWebFile(folder, name)] as const),
  )
  return new Map(read)
}

async function readWebFile(folder: string, name: string): Promise<WebFile> {
  const bodies = new Map<Coding, Buffer>()
  for (const coding of codings) {
    const body = await readFile(join(folder, name + endings[coding])).catch(() => undefined)
    if (body !== undefined) bodies.set(coding, body)
  }
  return {
    type: types[extname(name)] ?? 'application/octet-stream',
    hash: createHash('sha256')
      .update(bodies.get('identity') ?? '')
      .digest('base64url')
      .slice(0, 22),
    isLasting: hashedName.test(name),
    bodies,
  }
}

function send(request: Request, response: Response, { type, hash, isLasting, bodies }: WebFile): void {
  // The smallest that the browser takes; the order in which it names them means nothing.
  const coding =
    codings.find((one) => bodies.has(one) && request.acceptsEncodings(one) !== false) ?? 'identity'
  response.setHeader('content-type', type)
  response.setHeader('vary', 'accept-encoding')
  response.setHeader('etag', `"${hash}-${coding}"`)
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('cache-control', isLasting ? 'public, max-age=31536000, immutable' : 'no-cache')
  if (coding !== 'identity') response.setHeader('content-encoding', coding)
  if (request.fresh) response.status(304).end()
  else response.end(bodies.get(coding))
}

/** Only what comes from here, and the scripts that stand in the page itself; styles come as files. */
function pagePolicy(html: string): string {
  const inline = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, script = '']) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  )
  return [
    "default-src 'none'",
    ["script-src 'self'", ...inline].join(' '),
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function notBuilt(response: Response): void {
  response
    .status(503)
    .type('text/plain')
    .send('The dashboard is not built. Run "npm run build:web", then start the server again.\n')
}
