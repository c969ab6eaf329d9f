#!/usr/bin/env node
/** `safelight-agent`: the agent's command line, on the pinned Node. */
process.argv.splice(2, 0, 'agent/main.ts')
await import('./with-node.mjs')
