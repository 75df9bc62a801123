// SPDX-License-Identifier: AGPL-3.0-or-later
// Tests of the pure parts: addresses, dates, lists, words. Run by `npm run check`.
import test from 'node:test'
import assert from 'node:assert/strict'
import { build } from 'esbuild'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const src = join(dirname(fileURLToPath(import.meta.url)), '../src')
async function load(text) {
  const out = await build({ stdin: { contents: text, resolveDir: src, loader: 'ts' }, bundle: true, format: 'esm', write: false })
  const file = join(await mkdtemp(join(tmpdir(), 'cordon-web-')), 'm.mjs')
  await writeFile(file, out.outputFiles[0].text)
  return import(pathToFileURL(file).href)
}
const m = await load(`
export * from './api/scenarios.ts'; export * from './state/route.ts'; export * from './state/format.ts'; export * from './state/list.ts'
export * from './state/apart.ts'; export * from './state/nav.ts'; export * from './state/rings.ts'; export * from './state/tree.ts'
export { words } from './words/words.ts'; export { operationId } from './api/client.ts'`)

test('both languages have the same keys and the same places to fill in', () => {
  const { vi, en } = m.words
  assert.deepEqual(Object.keys(vi).sort(), Object.keys(en).sort())
  const holes = s => [...new Set(s.match(/\{\d\}/g) ?? [])].sort().join()
  for (const k of Object.keys(vi)) {
    assert.ok(vi[k].trim() && en[k].trim(), `${k} is empty`)
    assert.equal(holes(vi[k]), holes(en[k]), k)
  }
})
test('an address is read and written back alike', () => {
  const route = m.parseRoute('#/case/0abc?tab=rings&q=Nguy%E1%BB%85n%20V')
  assert.deepEqual(route, { page: 'case', id: '0abc', query: { tab: 'rings', q: 'Nguyễn V' } })
  assert.deepEqual(m.parseRoute(m.hrefOf(route.page, route.id, route.query)), route)
  assert.equal(m.parseRoute('').page, 'today')
  assert.equal(m.parseRoute('#/case/%').id, '%')
})
test('days are read in the forms people type and refused when there is no such day', () => {
  for (const s of ['17/11/2021', '17-11-2021', '17.11.2021', '17112021', '2021-11-17', ' 17/11/2021 ']) assert.equal(m.readDate(s), '2021-11-17', s)
  assert.equal(m.readDate('5/1/2021'), '2021-01-05')
  assert.equal(m.readDate('29/02/2020'), '2020-02-29')
  for (const s of ['29/02/2021', '31/04/2021', '00/01/2021', '11/17/2021', '17/11', 'x', '']) assert.equal(m.readDate(s), null, s)
})
test('every day of two years survives being shown and read', () => {
  for (let d = '2020-01-01'; d < '2022-01-01'; d = m.addDays(d, 1)) assert.equal(m.readDate(m.dateText(d)), d)
})
test('numbers and shares follow the language', () => {
  assert.equal(m.number(1234567, 'vi'), '1.234.567')
  assert.equal(m.number(1234567, 'en'), '1,234,567')
  assert.equal(m.number(null, 'vi'), '–')
  assert.equal(m.percent(70.5, 'vi'), '70,5 %')
})
test('a table cell stays text in a spreadsheet', () => {
  assert.equal(m.csvCell('=1+2'), "'=1+2")
  assert.equal(m.csvCell('+84912'), "'+84912")
  assert.equal(m.csvCell('-12.5'), '-12.5')
  assert.equal(m.csvCell('a "b", c'), '"a ""b"", c"')
})
test('filters of an address ask for fields of the kind alone', () => {
  const kind = { fields: [{ name: 'reported', type: 'date', list: true }, { name: 'detection', type: 'word', list: true }, { name: 'note', type: 'text' }] }
  const q = { q: 'lan', tab: 'x', 'reported.gte': '2021-11-01', detection: 'community', 'evil.gte': '1', columns: 'note,reported' }
  assert.deepEqual(m.listQuery(q, kind, 'vn/11/', '-reported'), { unit: 'vn/11/', q: 'lan', order: '-reported', 'reported.gte': '2021-11-01', detection: 'community' })
  assert.deepEqual(m.columnsOf(kind, q.columns).map(f => f.name), ['note', 'reported'])
  assert.deepEqual(m.columnsOf(kind, '').map(f => f.name), ['reported', 'detection'])
  assert.equal(m.turnOrder('code', 'code'), '-code')
  assert.equal(m.turnOrder('-code', 'code'), 'code')
})
test('keys after g lead to pages, slash to the search box', () => {
  assert.equal(m.keyAsk('c', true).goto, 'cases')
  assert.deepEqual(m.keyAsk('c', false), {})
  assert.equal(m.keyAsk('/', false).search, true)
  assert.equal(new Set(m.places.map(p => p.key)).size, m.places.length)
})
test('each person of a chain stands on the circle of their ring, behind the one they met', () => {
  const rings = [
    { ring: 1, person: 'a', code: 'A', chain: [{ how: 'contact', from: 'F0', to: 'A' }] },
    { ring: 1, person: 'b', code: 'B', chain: [{ how: 'visit', from: 'F0', to: 'B' }] },
    { ring: 2, person: 'c', code: 'C', chain: [{ how: 'contact', from: 'F0', to: 'B' }, { how: 'household', from: 'B', to: 'C' }] },
  ]
  const nodes = m.layout({ index: 'F0', rings }, 520)
  assert.equal(nodes.length, 3)
  assert.equal(nodes.find(n => n.person === 'c').parent, 'b')
  const far = n => Math.hypot(n.x - 260, n.y - 260)
  for (const n of nodes) assert.ok(Math.abs(far(n) - n.ring * (260 - 26) / 2) < 1e-6)
  assert.deepEqual(m.layout({ index: 'F0', rings: [] }, 520), [])
})
test('alike things become a table, others do not', () => {
  assert.deepEqual(m.tableOf([{ a: 1 }, { b: 2 }]).columns, ['a', 'b'])
  assert.equal(m.tableOf([1, 2]), null)
  assert.equal(m.plainKey('cases_14d'), 'Cases 14d')
})
test('operation ids are version 7, in order of time and never twice', () => {
  const ids = Array.from({ length: 500 }, m.operationId)
  assert.equal(new Set(ids).size, 500)
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
test('levers become paths and come back, numbers are read with point or comma, and what differs is told', () => {
  const levers = { title: 'Thử', isolate: { days: 14, when: { from: 3 } }, arrive: { tested: true } }
  assert.deepEqual(m.flat(levers), { title: 'Thử', 'isolate.days': 14, 'isolate.when.from': 3, 'arrive.tested': true })
  assert.deepEqual(m.tree(m.flat(levers)), levers)
  const share = { path: 'isolate.home', type: 'share' }
  assert.equal(m.readValue(share, ' 0,5 '), 0.5)
  assert.equal(m.readValue(share, ''), null)
  assert.equal(m.readValue(share, 'nửa'), null)
  const table = { levers: [{ path: 'title' }, { path: 'isolate.days' }, { path: 'isolate.when.from' }, { path: 'cost.test' }], plain: { title: '', isolate: { days: 14, when: { from: 0 } }, cost: { test: 0 } } }
  assert.deepEqual(m.changed(table, { ...levers, cost: { test: 5 } }).map(c => c.lever.path), ['isolate.when.from'])
  assert.equal(m.doneShare({ runs: 4, days: 10, progress: { run: 2, day: 5 } }), 0.375)
  const places = [0, 10, 20, 30, 40].map(median => ({ median, people: 1e5 }))
  const rates = places.map(m.rate)
  assert.deepEqual(m.steps(rates), [20, 30, 40])
  assert.deepEqual(rates.map(r => m.tone(r, m.steps(rates))), [0, 1, 2, 3, 4])
  assert.equal(m.per(3, 6000), 50)
  assert.equal(m.per(null, 6000), null)
  assert.equal(m.per(3, 0), null)
  const rows = [{ id: 'a', title: 'Đóng trường', status: 'done', runs: 20 }, { id: 'b', title: 'Cách ly', status: 'stopped', runs: 5, note: 'cho đợt hai' }]
  const ids = (...of) => m.listed(rows, ...of).map(r => r.id).join()
  assert.equal(ids('', '', ''), 'a,b')
  assert.equal(ids('dong TRUONG', '', ''), 'a')
  assert.equal(ids('dot hai', 'done', ''), '')
  assert.equal(ids('', 'stopped', ''), 'b')
  assert.equal(ids('', '', 'title'), 'b,a')
  assert.equal(ids('', '', '-runs'), 'a,b')
})
test('dots that share a place are drawn apart, near it, and always alike', () => {
  const places = [...Array(12)].map(() => [100, 90]).concat([[104, 92], [5, 5], [300, 200]])
  const dots = m.apart(places, 7, 330, 260)
  assert.deepEqual(m.apart(places, 7, 330, 260), dots)
  assert.deepEqual([dots[0].shared, dots[12].shared], [12, 1])
  for (const [i, a] of dots.entries()) {
    assert.ok(a.x >= 7 && a.x <= 323 && a.y >= 7 && a.y <= 253, `${i} is in the picture`)
    assert.ok(Math.hypot(a.x - a.from[0], a.y - a.from[1]) < 60, `${i} is near its place`)
    for (const b of dots.slice(0, i)) assert.ok(Math.hypot(a.x - b.x, a.y - b.y) > 14, `${i} can be seen and clicked`)
  }
  assert.deepEqual([dots[14].x, dots[14].y], [300, 200], 'who is alone stays')
})
