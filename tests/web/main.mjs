// SPDX-License-Identifier: AGPL-3.0-or-later
// The browser tests: against the mock server, then against the program when it is built.
import { lane, launch, runAll } from './browser.mjs'
import { start } from './mock.mjs'
import { world } from './mock-world.mjs'
import { everyPage } from './pages.mjs'
import { journeys } from './journeys.mjs'
import { realJourneys, signInAs, startReal } from './real.mjs'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const binary = process.env.CORDON ?? fileURLToPath(new URL('../../build/cordon', import.meta.url))
const [server, browser, other, real] = await Promise.all([start(), launch(), launch(), existsSync(binary) ? startReal(binary) : null])
const ids = { ...world().ids, policy: 'vn-4800', unit: 'vn/11/097/' }
lane(() => {
  journeys(browser.context, server, ids)
  everyPage(browser.context, server.url, async () => {
    if (server.state.sessions.size) return
    await browser.context.request.post(server.url + '/api/login', { data: server.login })
  }, ids, 'mock')
})
if (real) {
  const people = {}
  for (const role of ['administrator', 'commander', 'duty_officer', 'observer']) people[role] = await signInAs(other.context, real, role)
  lane(() => {
    realJourneys(other.context, real, people)
    for (const [role, pages] of [['duty_officer', p => !['users', 'audit'].includes(p)], ['administrator', p => ['users', 'audit'].includes(p)]])
      everyPage(other.context, real.url, () => people[role].use(), people[role].ids, `real ${role}`, pages, '2021-11-17')
  })
}
const sum = await runAll()
if (!real) sum.skipped++
await Promise.all([browser.stop(), other.stop(), real?.stop(), server.stop()])
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
process.exit(sum.failed ? 1 : 0)
