// SPDX-License-Identifier: AGPL-3.0-or-later
import { start } from './server.mjs'
import * as suites from './suites.mjs'

let passed = 0, failed = 0, skipped = 0
class Skip extends Error {}
const context = {
  ok(condition, what) { if (!condition) throw new Error(what) },
  is(got, want, what) {
    if (got !== want) throw new Error(`${what ?? ''}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`)
  },
  skip(why) { throw new Skip(why) },
}
const only = process.argv[2]
const server = await start()
context.server = server
async function test(name, fn) {
  if (only && !name.includes(only) && !fn.needed) return
  try {
    await fn(context)
    passed++
  } catch (e) {
    if (e instanceof Skip) {
      skipped++
      console.log(`SKIP ${name}: ${e.message}`)
    } else {
      failed++
      console.log(`FAIL ${name}\n  ${e.stack ?? e.message}`)
    }
  }
}
try {
  for (const fn of suites.all) {
    await test(fn.name.replaceAll('_', ' '), fn)
    if (fn.needed && failed) break // the others would only fail after it
  }
} finally {
  server.process.kill('SIGKILL')
  server.remove()
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exit(failed ? 1 : 0)
