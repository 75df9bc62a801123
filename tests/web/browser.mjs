// SPDX-License-Identifier: AGPL-3.0-or-later
// Chromium, the lanes of tests (one page at a time in each), and the helpers every test uses.
import { createRequire } from 'node:module'
import { mkdtempSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const web = createRequire(new URL('../../web/package.json', import.meta.url))
const { chromium } = web('playwright-core')
const axe = readFileSync(web.resolve('axe-core/axe.min.js'), 'utf8')
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
export const WIDE = { width: 1440, height: 900 }, NARROW = { width: 360, height: 740 }

export async function launch() {
  const profile = mkdtempSync(join(tmpdir(), 'cordon-chromium-'))
  const options = { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: FLAGS, acceptDownloads: true }
  const context = await chromium.launchPersistentContext(profile, { ...options, viewport: WIDE, timezoneId: 'Asia/Ho_Chi_Minh' })
  return { context, stop: async () => { await context.close(); rmSync(profile, { recursive: true, force: true }) } }
}

/** `anew`: every load begins in this language and theme, not the first alone.
 * A page that fails the test on any console error, page error, policy breach or request to elsewhere. */
export async function openPage(context, base, { view = WIDE, lang = 'vi', theme = 'light', anew = false } = {}) {
  const page = await context.newPage()
  page.setDefaultTimeout(15000) // as long as a failure lasts
  const wrong = []
  page.on('console', m => { if (m.type() === 'error' && !/status of (4\d\d|500)/.test(m.text())) wrong.push(m.text()) })
  page.on('pageerror', e => wrong.push(String(e)))
  page.on('request', r => { if (!r.url().startsWith(base) && !/^(blob|data):/.test(r.url())) wrong.push(`request to elsewhere: ${r.url()}`) })
  const open = new Set(), over = r => open.delete(r)
  page.on('request', r => { if (!r.url().endsWith('/api/events')) open.add(r) })
  page.on('requestfinished', over)
  page.on('requestfailed', over)
  await page.setViewportSize(view)
  await page.addInitScript(([l, t, anew]) => { if (anew || !sessionStorage.getItem('set')) { localStorage.setItem('cordon.lang', l); localStorage.setItem('cordon.theme', t); sessionStorage.setItem('set', '1') } }, [lang, theme, anew])
  return Object.assign(page, { wrong, open })
}

export async function violations(page) {
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe)
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] }))
  return found.violations.map(v => `${v.id}: ${v.help} (${v.nodes.slice(0, 3).map(n => n.target.join(' ') + ' | ' + (n.any[0]?.message ?? n.all[0]?.message ?? '')).join('; ')})`)
}
/** Nothing may stick out of the page sideways. */
export const sideways = page => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

/** Until nothing is asked of the server, nothing waits, and what came is drawn. */
export async function settle(page) {
  const drawn = () => page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))
  const end = Date.now() + 20000
  await drawn()
  while (page.open.size && Date.now() < end) await new Promise(done => setTimeout(done, 10))
  await page.waitForFunction(() => !document.querySelector('.wait') && !document.querySelector('[aria-busy="true"]'), null, { timeout: 20000 })
  await drawn()
}
/** As the switches of the page do; on a small screen they lie behind the menu. */
export async function speak(page, lang, theme) {
  await page.evaluate(([l, t]) => {
    document.querySelector(`.langs button[lang="${l}"]`).click()
    const themes = document.querySelector('.switches select')
    themes.value = t
    themes.dispatchEvent(new Event('change', { bubbles: true }))
  }, [lang, theme])
  await settle(page)
}
export async function shot(page, name) {
  if (!process.env.SHOTS) return
  mkdirSync(process.env.SHOTS, { recursive: true })
  const tall = await page.evaluate(() => document.documentElement.scrollHeight)
  await page.screenshot({ path: join(process.env.SHOTS, name.replaceAll(' ', '-') + '.png'), fullPage: tall < 10000, timeout: 30000 })
}

const lanes = []
/** Tests that `register` names run one after the other; the lanes, which share no browser and no server, run side by side. */
export function lane(register) {
  lanes.push([])
  register()
}
export const test = (name, run) => lanes.at(-1).push({ name, run })
/** What measures time runs before the lanes, with the machine to itself. */
const alone = []
export const testAlone = (name, run) => alone.push({ name, run })
export async function runAll() {
  const sum = { passed: 0, failed: 0, skipped: 0 }
  const only = process.argv[2]
  const runLane = async tests => {
    for (const { name, run } of tests) {
      if (only && !name.includes(only)) { sum.skipped++; continue }
      const began = Date.now(), took = () => process.env.TIMES ? ` (${Date.now() - began} ms)` : ''
      try { await run(); sum.passed++; console.log(`ok   ${name}${took()}`) } catch (e) { sum.failed++; console.log(`FAIL ${name}\n     ${String(e?.message ?? e).split('\n').join('\n     ')}`) }
    }
  }
  await runLane(alone)
  await Promise.all(lanes.map(runLane))
  return sum
}
export function equal(a, b, what = '') { if (a !== b) throw new Error(`${what}: ${JSON.stringify(a)} is not ${JSON.stringify(b)}`) }
export function empty(list, what) { if (list.length) throw new Error(`${what}:\n${list.join('\n')}`) }
