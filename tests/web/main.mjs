// SPDX-License-Identifier: AGPL-3.0-or-later
// The browser tests: against the mock server, then against the program when it is built.
import { launch, runAll } from './browser.mjs'
import { start } from './mock.mjs'
import { world } from './mock-world.mjs'
import { everyPage } from './pages.mjs'
import { journeys } from './journeys.mjs'
import { realJourneys, signInAs, startReal } from './real.mjs'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const server = await start(), browser = await launch()
const ids = { ...world().ids, policy: 'vn-4800', unit: 'vn/11/097/' }
journeys(browser.context, server, ids)
everyPage(browser.context, server.url, async page => {
  await page.goto(server.url)
  await page.evaluate(() => fetch('/api/login', { method: 'POST', body: JSON.stringify({ login: 'tester', password: 'mat-khau-thu' }) }))
  await page.goto(server.url + '/icon.svg') // so that the next address starts the app anew, signed in
}, ids, 'mock')
const binary = process.env.CORDON ?? fileURLToPath(new URL('../../build/cordon', import.meta.url))
let real = null
if (existsSync(binary)) {
  real = await startReal(binary)
  const people = {}
  for (const role of ['administrator', 'commander', 'duty_officer', 'observer']) people[role] = await signInAs(browser.context, real, role)
  realJourneys(browser.context, real, people)
  for (const [role, pages] of [['duty_officer', p => !['users', 'audit'].includes(p)], ['administrator', p => ['users', 'audit'].includes(p)]])
    everyPage(browser.context, real.url, () => people[role].use(), people[role].ids, `real ${role}`, pages, '2021-11-17')
}
const sum = await runAll()
if (!real) sum.skipped++
await browser.stop()
await real?.stop()
await server.stop()
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
process.exit(sum.failed ? 1 : 0)
