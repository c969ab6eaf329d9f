/** The API document and its reader. All of it comes from this server. */
import { Router } from 'express'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { openApi } from '#specs/openapi.ts'
import { docsPolicy } from './headers.ts'

const require = createRequire(import.meta.url)
const readerFiles: readonly (readonly [name: string, type: string])[] = [
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ['favicon-32x32.png', 'image/png'],
]

interface File {
  readonly type: string
  readonly bytes: Buffer
  readonly etag: string
}

/** `/api/openapi.json`, and `/api/docs` where people read it. */
export function docsRouter(version: string): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const page = fileOf(ownFile('page.html'), 'text/html; charset=utf-8')
  const serve = (path: string, file: () => File) => {
    let read: File | undefined
    router.get(path, (request, response) => {
      read ??= file()
      response.setHeader('content-security-policy', docsPolicy)
      response.setHeader('cache-control', 'no-cache')
      response.setHeader('etag', read.etag)
      if (request.headers['if-none-match'] === read.etag) {
        response.status(304).end()
        return
      }
      response.setHeader('content-type', read.type)
      response.end(read.bytes)
    })
  }
  serve('/openapi.json', () =>
    fileOf(Buffer.from(JSON.stringify(openApi(version))), 'application/json; charset=utf-8'),
  )
  serve('/docs', () => page)
  serve('/docs/start.js', () => fileOf(ownFile('start.js'), 'text/javascript; charset=utf-8'))
  for (const [name, type] of readerFiles)
    serve(`/docs/${name}`, () => fileOf(readFileSync(require.resolve(`swagger-ui-dist/${name}`)), type))
  return router
}

function ownFile(name: string): Buffer {
  return readFileSync(new URL(`./docs/${name}`, import.meta.url))
}

function fileOf(bytes: Buffer, type: string): File {
  return { type, bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url')}"` }
}
