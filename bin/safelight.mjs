#!/usr/bin/env node
/** `safelight`: the command line, on the pinned Node. */
process.argv.splice(2, 0, 'server/cli/main.ts')
await import('./with-node.mjs')
