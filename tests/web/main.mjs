// SPDX-License-Identifier: AGPL-3.0-or-later
// The browser tests against the mock server.
import { launch, runAll } from './browser.mjs'
import { start } from './mock.mjs'
import { world } from './mock-world.mjs'
import { everyPage } from './pages.mjs'
import { journeys } from './journeys.mjs'

const server = await start(), browser = await launch()
const ids = { ...world().ids, policy: 'vn-4800', unit: 'vn/11/097/' }
journeys(browser.context, server, ids)
everyPage(browser.context, server.url, async page => {
  await page.goto(server.url)
  await page.evaluate(() => fetch('/api/login', { method: 'POST', body: JSON.stringify({ login: 'tester', password: 'mat-khau-thu' }) }))
}, ids, 'mock')
const sum = await runAll()
await browser.stop()
await server.stop()
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
process.exit(sum.failed ? 1 : 0)
