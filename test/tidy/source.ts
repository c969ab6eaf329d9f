/** Reads the project's source files into a form that rules can look at. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'
import type {
  CallExpression,
  Function as FunctionNode,
  ArrowFunctionExpression,
  ParseResult,
  Program,
  Span,
} from 'oxc-parser'

export type Source = {
  /** From the project's root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly program: Program
  readonly comments: readonly { readonly text: string; readonly line: number }[]
  readonly imports: readonly { readonly specifier: string; readonly line: number }[]
  lineOf(offset: number): number
}

export type FunctionSpan = { readonly node: FunctionNode | ArrowFunctionExpression; readonly lines: number }

const notOurs = new Set(['node_modules', '.git', '.data', '.angular', 'dist', 'coverage'])

/** Paths of the files that have one of the endings, from the project's root. */
export function listFiles(root: string, endings: readonly string[]): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => !notOurs.has(entry.name))
    .flatMap((entry) => {
      if (!entry.isDirectory()) return [entry.name]
      return listFiles(join(root, entry.name), endings).map((path) => `${entry.name}/${path}`)
    })
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => path.replaceAll(sep, '/'))
}

/** Reads and parses a file of TypeScript or JavaScript. */
export function readSource(root: string, path: string): Source {
  return parseSource(path, readFileSync(join(root, path), 'utf8'))
}

/** Parses a text. Throws when it is no valid TypeScript. */
export function parseSource(path: string, text: string): Source {
  const { program, comments, module, errors } = parseSync(path, text)
  if (errors[0]) throw new Error(`${path}: ${errors[0].message}`)
  const starts = lineStarts(text)
  const lineOf = (offset: number) => starts.findLastIndex((start) => start <= offset) + 1
  return {
    path,
    text,
    program,
    comments: comments.map((comment) => ({ text: comment.value, line: lineOf(comment.start) })),
    imports: [...staticImports(module, lineOf), ...dynamicImports(program, lineOf)],
    lineOf,
  }
}

/** Calls back for each call in the source. */
export function eachCall(source: Source, visit: (call: CallExpression, callee: string) => void): void {
  new Visitor({ CallExpression: (call) => visit(call, textOf(source, call.callee)) }).visit(source.program)
}

export function textOf(source: Source, { start, end }: Span): string {
  return source.text.slice(start, end)
}

function staticImports(module: ParseResult['module'], lineOf: (offset: number) => number): Source['imports'] {
  const reexports = module.staticExports.flatMap((statement) => statement.entries)
  return [...module.staticImports, ...reexports].flatMap(({ moduleRequest, start }) =>
    moduleRequest === null ? [] : [{ specifier: moduleRequest.value, line: lineOf(start) }],
  )
}

function dynamicImports(program: Program, lineOf: (offset: number) => number): Source['imports'] {
  const found: { specifier: string; line: number }[] = []
  new Visitor({
    ImportExpression({ source, start }) {
      if (source.type === 'Literal') found.push({ specifier: String(source.value), line: lineOf(start) })
    },
  }).visit(program)
  return found
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}
