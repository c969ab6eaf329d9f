/** What the code keeps to, as functions from a source to the lines that don't. */
import { Visitor, type ArrowFunctionExpression, type Function as FunctionNode } from 'oxc-parser'
import { eachCall, textOf, type Source } from './source.ts'

/** `path:line: what is wrong`. */
export type Finding = string
export type Rule = (source: Source) => Finding[]

const fileLinesMax = 400
const functionLinesMax = 60

export function longFile(path: string, text: string): Finding[] {
  const lines = text.trimEnd().split('\n').length
  return lines > fileLinesMax ? [`${path}: ${lines} lines, at most ${fileLinesMax}`] : []
}

/** A function that declares specs is a list of them, not one that anybody has to follow; so it may be longer. */
export const longFunctions: Rule = (source) => {
  const specStarts = specCalls(source)
  const findings: Finding[] = []
  const check = (node: FunctionNode | ArrowFunctionExpression) => {
    const first = source.lineOf(node.start)
    const lines = source.lineOf(node.end) - first + 1
    const isSuite = specStarts.some((start) => start > node.start && start < node.end)
    if (lines <= functionLinesMax || isSuite) return
    findings.push(`${source.path}:${first}: a function of ${lines} lines, at most ${functionLinesMax}`)
  }
  new Visitor({
    FunctionDeclaration: check,
    FunctionExpression: check,
    ArrowFunctionExpression: check,
  }).visit(source.program)
  return findings
}

export const explicitAny: Rule = (source) => {
  const findings: Finding[] = []
  new Visitor({
    TSAnyKeyword: ({ start }) => void findings.push(`${at(source, start)} any; say unknown, and parse`),
  }).visit(source.program)
  return findings
}

const unfinished = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`)

export const unfinishedComments: Rule = (source) =>
  source.comments
    .filter(({ text }) => unfinished.test(text))
    .map(({ line }) => `${source.path}:${line}: finish it, or write down what is so`)

export function unfinishedSql(path: string, text: string): Finding[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      unfinished.test(line) ? [`${path}:${index + 1}: finish it, or write down what is so`] : [],
    )
}

export const environmentReads: Rule = (source) => {
  if (isProcessMain(source.path)) return []
  const findings: Finding[] = []
  new Visitor({
    MemberExpression(node) {
      if (!/^process\s*(\.env|\[['"]env['"]\])$/.test(textOf(source, node))) return
      findings.push(`${at(source, node.start)} only a process's main.ts reads process.env`)
    },
  }).visit(source.program)
  return findings
}

function isProcessMain(path: string): boolean {
  return path.startsWith('bin/') || path.endsWith('/main.ts')
}

const selections = /^(describe|context|it|specify)\.(only|skip)$|^(x|f)(describe|context|it|specify)$/

export const selectedSpecs: Rule = (source) => {
  const findings: Finding[] = []
  eachCall(source, (call, callee) => {
    if (selections.test(callee)) findings.push(`${at(source, call.start)} ${callee} leaves specs out`)
  })
  return findings
}

const timers = /^(setTimeout|setInterval|sleep|delay|pause|Atomics\.wait)$/

export const sleepingSpecs: Rule = (source) => {
  if (!isSpec(source.path)) return []
  const findings: Finding[] = []
  eachCall(source, (call, callee) => {
    if (timers.test(callee))
      findings.push(`${at(source, call.start)} ${callee}: wait for an event, not for time`)
  })
  for (const { specifier, line } of source.imports) {
    if (/^(node:)?timers/.test(specifier))
      findings.push(`${source.path}:${line}: wait for an event, not for time`)
  }
  return findings
}

export const vagueTitles: Rule = (source) =>
  titles(source)
    .filter(({ title }) => /\bshould\b/i.test(title))
    .map(({ title, line }) => `${source.path}:${line}: "${title}" says what should be; say what is`)

/** Titles that stand for more than one spec, over all sources. */
export function repeatedTitles(sources: readonly Source[]): Finding[] {
  const places = new Map<string, string[]>()
  for (const source of sources) {
    for (const { title, line, leaf } of titles(source)) {
      if (leaf) places.set(title, [...(places.get(title) ?? []), `${source.path}:${line}`])
    }
  }
  return [...places]
    .filter(([, lines]) => lines.length > 1)
    .map(([title, lines]) => `${lines.join(' and ')}: "${title}"`)
}

type Title = { readonly title: string; readonly line: number; readonly leaf: boolean }
type Suite = { readonly title: string; readonly end: number }

/** Every spec and suite with its full title, that of its suites in front. */
function titles(source: Source): Title[] {
  if (!isSpec(source.path)) return []
  const open: Suite[] = []
  const found: Title[] = []
  eachCall(source, (call, callee) => {
    const name = call.arguments[0]
    const isSuite = /^(describe|context)$/.test(callee)
    if (name === undefined || !(isSuite || /^(it|specify)$/.test(callee))) return
    while ((open.at(-1)?.end ?? Infinity) < call.start) open.pop()
    const title = [...open.map((suite) => suite.title), textOf(source, name).slice(1, -1)].join(' ')
    found.push({ title, line: source.lineOf(call.start), leaf: !isSuite })
    if (isSuite) open.push({ title: textOf(source, name).slice(1, -1), end: call.end })
  })
  return found
}

/** Where specs and suites are declared; empty outside of tests. */
function specCalls(source: Source): number[] {
  const starts: number[] = []
  if (!isSpec(source.path) && !source.path.startsWith('test/')) return starts
  eachCall(source, (call, callee) => {
    if (/^(describe|context|it|specify)$/.test(callee)) starts.push(call.start)
  })
  return starts
}

function isSpec(path: string): boolean {
  return path.endsWith('.spec.ts')
}

function at(source: Source, offset: number): string {
  return `${source.path}:${source.lineOf(offset)}:`
}
