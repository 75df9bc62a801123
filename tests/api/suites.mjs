// SPDX-License-Identifier: AGPL-3.0-or-later
// The tests, in order: each may use what those before it made. Names are sentences.
import net from 'node:net'
import { spawnSync } from 'node:child_process'
import { gunzipSync } from 'node:zlib'
import { answers, as, operationId, program, request } from './server.mjs'
import { check, pathOf, references } from './schema.mjs'
import { scenarios } from './scenarios.mjs'
import { signals } from './signals.mjs'
import { estimates } from './estimates.mjs'
import { directive, PASSWORD, records, today, user } from './world.mjs'

const world = {}
const MARK_A = 'Canary alpha 4711', MARK_B = 'Canary bravo 0815'
const needed = fn => Object.assign(fn, { needed: true }) // others build on it: run even when one test is asked for

/* --- the way in --------------------------------------------------------------------------------------------- */
function the_server_is_ready_within_a_second({ server, ok }) {
  ok(server.readyMs < 1000, `took ${server.readyMs} ms`)
}
async function an_empty_base_makes_its_first_administrator_once({ server, is, ok }) {
  const token = /token=([\w-]+)/.exec(server.out)?.[1]
  ok(token, 'no first-run token was printed')
  is((await request(server, 'GET', '/api/first-run')).json.needed, true)
  const body = { token, login: 'chief', name: 'Chief', password: PASSWORD }
  is((await request(server, 'POST', '/api/first-run', { body: { ...body, token: 'wrong' } })).status, 401, 'wrong token')
  is((await request(server, 'POST', '/api/first-run', { body: { ...body, password: 'short' } })).status, 422, 'short password')
  const a = await request(server, 'POST', '/api/first-run', { body, headers: { 'Idempotency-Key': operationId() } })
  is(a.status, 200, a.text)
  const cookie = a.headers['set-cookie'][0]
  for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Max-Age=43200']) ok(cookie.includes(part), `cookie lacks ${part}`)
  ok(!cookie.includes('Secure'), 'Secure over plain HTTP would lose the cookie')
  world.admin = as(server, a.json.token)
  is((await request(server, 'GET', '/api/first-run')).json.needed, false)
  is((await request(server, 'POST', '/api/first-run', { body })).status, 401, 'second use')
}
async function a_small_world_is_made_through_the_api({ server, is, ok }) {
  world.kinds = (await world.admin.ask('GET', '/api/catalogue')).json.kinds
  const units = (await world.admin.ask('GET', '/api/units?parent=vn%2F11%2F')).json.rows.filter(u => u.children === 0)
  ok(units.length >= 2, 'the province has communes')
  world.unitA = units[0].path
  world.unitB = units[1].path
  for (const [key, role, unit] of [
    ['province', 'duty_officer', 'vn/11/'], ['officerA', 'duty_officer', world.unitA], ['officerB', 'duty_officer', world.unitB],
    ['workerA', 'health_worker', world.unitA], ['commanderA', 'commander', world.unitA], ['adminA', 'administrator', world.unitA],
    ['observerA', 'observer', world.unitA], ['clerkB', 'clerk', world.unitB]])
    world[key] = await user(world, server, key.toLowerCase(), role, unit)
  const b = await records(world, world.officerB, world.unitB, MARK_B)
  is(b.problems.join('\n'), '', 'records of commune B')
  world.b = b.made
  const a = await records(world, world.officerA, world.unitA, MARK_A)
  is(a.problems.join('\n'), '', 'records of commune A')
  world.a = a.made
  const d = await world.clerkB.ask('POST', '/api/directives', { body: { text: directive(MARK_B), direction: 'incoming' } })
  is(d.status, 201, d.text)
  world.b.directive = d.json.record.id
  world.b.assignment = d.json.assignments[0]?.id
  const l = await world.officerB.ask('POST', '/api/levels/sign', { body: { unit: world.unitB, as_of: today, level: 2, reason: MARK_B } })
  is(l.status, 201, l.text)
  world.b.level = l.json.id
  const j = await world.officerB.ask('POST', `/api/import/person?name=${encodeURIComponent(MARK_B + '.csv')}&dry_run=1`,
    { body: Buffer.from(`name,birth_year,sex\n${MARK_B},1980,male\n`), headers: { 'Content-Type': 'text/csv' } })
  is(j.status, 202, j.text)
  world.b.job = j.json.job
  const m = await world.officerB.ask('POST', '/api/mappings', { body: { name: MARK_B, target: 'person', mapping: {} } })
  if (m.status === 201) world.b.mapping = m.json.id
}

/* --- who may ---------------------------------------------------------------------------------------------------- */
const fill = (path, ids = {}) => path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(ids[name] ?? '0000000000001'))
async function every_route_is_closed_to_strangers({ server, is, ok }) {
  const doc = (await request(server, 'GET', '/api/openapi.json')).json
  world.doc = doc
  let n = 0
  for (const [path, item] of Object.entries(doc.paths))
    for (const [method, operation] of Object.entries(item)) {
      ok(operation['x-permission'], `${method} ${path} names no permission`)
      if (operation['x-permission'] === 'none') continue
      const a = await request(server, method.toUpperCase(), fill(path), { body: method === 'get' ? undefined : {} })
      is(a.status, 401, `${method} ${path}`)
      is(a.json.code, 'auth.signed-out')
      n++
    }
  ok(n > 60, `only ${n} operations were asked`)
  for (const bad of ['', 'x', 'a'.repeat(500), '%00', "' or 1=1"])
    is((await request(server, 'GET', '/api/me', { headers: { Cookie: `cordon=${bad}` } })).status, 401)
}
async function open_routes_are_only_those_before_signing_in({ is }) {
  const open = []
  for (const [path, item] of Object.entries(world.doc.paths))
    for (const [method, o] of Object.entries(item))
      if (o['x-permission'] === 'none') open.push(`${method} ${path}`)
  is(open.sort().join(', '), 'get /api/first-run, get /api/health, get /api/link, get /api/openapi.json, post /api/first-run, post /api/login')
}
async function a_commune_sees_nothing_of_another_commune({ is, ok }) {
  const bIds = new Set(Object.values(world.b).filter(Boolean))
  const readers = [world.officerA, world.workerA, world.commanderA, world.adminA, world.observerA]
  let asked = 0, answered = 0
  for (const who of readers)
    for (const [path, item] of Object.entries(world.doc.paths)) {
      if (!item.get || path === '/api/events' || path === '/api/openapi.json' || path === '/api/link') continue
      const kind = /\/api\/records\/(\w+)/.exec(path)?.[1]
      const id = path.startsWith('/api/directives') ? world.b.directive : path.startsWith('/api/cases') ? world.b.case
        : path.startsWith('/api/jobs') ? world.b.job : world.b[kind]
      const tries = path.includes('{id}') ? [fill(path, { id: id ?? '0000000000001' })] : [fill(path, { path: world.unitB })]
      if (item.get.parameters.some(p => p.name === 'q')) tries.push(`${path}?q=${encodeURIComponent(MARK_B)}`)
      if (item.get.parameters.some(p => p.name === 'unit')) tries.push(`${path}?unit=${encodeURIComponent(world.unitB)}`)
      if (kind && !path.includes('{id}'))
        tries.push(`${path}?removed=1`, `${path}?total=1&limit=500`, `${path}?order=-id`, `${path}?order=id`)
      if (path.startsWith('/api/export')) tries.push(`${path}?format=csv`, `${path}?format=json`)
      for (const address of tries) {
        const a = await who.ask('GET', address)
        asked++
        if (a.status === 200) answered++
        if (path.includes('{id}') && !path.startsWith('/api/policies')) ok([403, 404].includes(a.status), `${who.login} ${address}: ${a.status}`)
        ok(a.status < 500, `${who.login} ${address}: ${a.text}`)
        ok(!a.text.includes(MARK_B), `${who.login} reads the canary at ${address}`)
        for (const i of bIds) ok(!a.text.includes(i) || address.includes(i), `${who.login} sees ${i} at ${address}`)
        if (a.json?.total !== undefined && kind) ok(a.json.total <= 60, `${address} counts others' records`)
      }
    }
  ok(answered > 100, `only ${answered} of ${asked} questions were answered`)
}
async function what_one_may_see_is_there({ is, ok }) {
  for (const [kind, id] of Object.entries(world.a)) {
    const a = await world.officerA.ask('GET', `/api/records/${kind}/${id}`)
    is(a.status, 200, kind)
    is((await world.province.ask('GET', `/api/records/${kind}/${id}`)).status, 200, `${kind} from the province`)
  }
  const list = await world.province.ask('GET', '/api/records/person')
  ok(list.text.includes(MARK_A) && list.text.includes(MARK_B), 'the province sees both communes')
}
async function outside_looks_like_absent({ is }) {
  const plain = (t, id) => t.replaceAll(id, 'ID')
  for (const kind of Object.keys(world.a)) {
    const outside = await world.officerA.ask('GET', `/api/records/${kind}/${world.b[kind]}`)
    const absent = await world.officerA.ask('GET', `/api/records/${kind}/0000000000123`)
    is(outside.status, 404, kind)
    is(plain(outside.text, world.b[kind]), plain(absent.text, '0000000000123'), kind)
    for (const method of ['PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? { note: 'x' } : { _reason: 'x' }
      const o = await world.officerA.ask(method, `/api/records/${kind}/${world.b[kind]}`, { body })
      const n = await world.officerA.ask(method, `/api/records/${kind}/0000000000123`, { body })
      is(plain(o.text, world.b[kind]), plain(n.text, '0000000000123'), `${method} ${kind}`)
      is(o.status, 404, `${method} ${kind}`)
    }
  }
}
async function nobody_writes_into_another_commune({ is }) {
  const a = await world.officerA.ask('POST', '/api/records/place', { body: { unit: world.unitB, name: 'Intruder', type: 'market' } })
  is(a.status, 403, a.text)
  const m = await world.officerA.ask('PATCH', `/api/records/place/${world.a.place}`, { body: { unit: world.unitB } })
  is(m.status, 403, 'moving a record away')
}
async function a_role_without_the_permission_is_refused({ is }) {
  is((await world.observerA.ask('POST', '/api/records/place', { body: {} })).status, 403)
  is((await world.workerA.ask('GET', '/api/users')).status, 403)
  is((await world.workerA.ask('POST', '/api/levels/sign', { body: {} })).status, 403)
  is((await world.adminA.ask('POST', '/api/records/case', { body: {} })).status, 403)
}
async function names_are_masked_without_the_permission({ is, ok }) {
  const a = await world.observerA.ask('GET', `/api/records/person/${world.a.person}`)
  is(a.status, 200)
  is(a.json.masked, true)
  const personal = world.kinds.find(k => k.name === 'person').fields.filter(f => f.personal).map(f => f.name)
  ok(personal.includes('name') && personal.every(f => (a.json[f] ?? null) === null), 'an observer reads a personal field')
  const c = await world.observerA.ask('GET', `/api/records/case/${world.a.case}`)
  ok(!c.text.includes(MARK_A) || !c.json._names || !Object.values(c.json._names).includes(MARK_A), 'a name beside the case')
}

/* --- sessions ------------------------------------------------------------------------------------------------------ */
async function a_cookie_write_needs_the_guard_header({ is }) {
  const body = { name: 'Guarded place', type: 'market' }
  const bare = await world.officerA.browser('POST', '/api/records/place', { body })
  is(bare.status, 403)
  is(bare.json.code, 'http.guard-missing')
  is((await world.officerA.browser('POST', '/api/records/place', { body, headers: { 'X-Cordon': '1' } })).status, 201)
  is((await world.officerA.browser('GET', '/api/me')).status, 200, 'reading needs no guard')
}
async function a_one_time_link_signs_in_once_and_only_here({ server, is, ok }) {
  const made = await world.admin.ask('POST', `/api/users/${world.workerA.id}/link`, { body: {} })
  is(made.status, 200, made.text)
  const far = await request(server, 'GET', made.json.link, { headers: { 'X-Forwarded-For': '203.0.113.9' } })
  is(far.status, 403, 'through a proxy')
  is(far.json.code, 'http.link-not-local')
  const first = await request(server, 'GET', made.json.link, { headers: { 'X-Forwarded-Proto': 'https' } })
  is(first.status, 303)
  is(first.headers.location, '/')
  is(first.text, '', 'no token in the page')
  ok(first.headers['set-cookie'][0].includes('; Secure'), 'behind TLS the cookie is Secure')
  const token = /cordon=([^;]+)/.exec(first.headers['set-cookie'][0])[1]
  is((await as(server, token).browser('GET', '/api/me')).json.login, 'workera')
  is((await request(server, 'GET', made.json.link)).status, 401, 'second use')
}
async function signing_out_ends_the_session({ server, is, ok }) {
  const s = await request(server, 'POST', '/api/login', { body: { login: 'observera', password: PASSWORD } })
  const me = as(server, s.json.token)
  const out = await me.browser('POST', '/api/logout', { headers: { 'X-Cordon': '1' }, body: {} })
  is(out.status, 204)
  ok(out.headers['set-cookie'][0].includes('Max-Age=0'), 'the cookie is taken back')
  is((await me.ask('GET', '/api/me')).status, 401)
}
async function wrong_passwords_make_the_next_try_wait({ server, is, ok }) {
  const nobody = { login: 'nobody-here', password: 'wrong wrong wrong' }
  let a
  for (let i = 0; i < 5; i++) {
    a = await request(server, 'POST', '/api/login', { body: nobody })
    is(a.status, 401)
    is(a.json.code, 'auth.wrong', 'an unknown name answers as a wrong password does')
  }
  a = await request(server, 'POST', '/api/login', { body: nobody })
  is(a.status, 429)
  ok(Number(a.headers['retry-after']) >= 1, 'Retry-After')
  const other = await request(server, 'POST', '/api/login', { body: { login: 'workera', password: PASSWORD } })
  is(other.status, 200, 'others are not kept waiting')
}

/* --- writing ----------------------------------------------------------------------------------------------------------- */
async function the_same_operation_is_done_once({ is }) {
  const key = operationId(), body = { name: 'Once only market', type: 'market' }
  const count = async () => (await world.officerA.ask('GET', '/api/records/place?q=once+only+market&total=1')).json.rows.length
  const before = await count()
  const first = await world.officerA.ask('POST', '/api/records/place', { body, headers: { 'Idempotency-Key': key } })
  const again = await world.officerA.ask('POST', '/api/records/place', { body, headers: { 'Idempotency-Key': key } })
  is(first.status, 201)
  is(again.status, 201)
  is(again.text, first.text, 'the same answer')
  is(again.headers.etag, first.headers.etag)
  const other = await world.officerA.ask('POST', '/api/records/place', { body: { ...body, name: 'Another' }, headers: { 'Idempotency-Key': key } })
  is(other.status, 409)
  is(other.json.code, 'http.op-reused')
  is(await count(), before + 1)
  is((await world.officerA.ask('POST', '/api/records/place', { body, headers: { 'Idempotency-Key': 'no uuid' } })).status, 400)
}
async function sent_at_once_it_is_still_done_once({ is, ok }) {
  const key = operationId(), body = { name: 'Hurried double market', type: 'market' }
  const all = await Promise.all([...Array(8)].map(() => world.officerA.ask('POST', '/api/records/place', { body, headers: { 'Idempotency-Key': key } })))
  ok(all.every(a => a.status === 201 || a.status === 503), all.map(a => a.status).join(' '))
  is((await world.officerA.ask('GET', '/api/records/place?q=hurried+double')).json.rows.length, 1)
}
async function a_stale_change_is_merged_and_tells_what_was_lost({ is, ok }) {
  const path = `/api/records/place/${world.a.place}`
  const seen = (await world.officerA.ask('GET', path)).json.version
  const one = await world.officerA.ask('PATCH', path, { body: { name: 'First name' }, headers: { 'If-Match': `"${seen}"` } })
  is(one.status, 200, one.text)
  ok(one.headers.etag.startsWith(`W/"${one.json.version}-`), 'the tag carries the version')
  const two = await world.province.ask('PATCH', path, { body: { name: 'Second name' }, headers: { 'If-Match': `"${seen}"` } })
  ok(two.status === 412 || (two.status === 200 && Array.isArray(two.json.lost)), `${two.status} ${two.text}`)
  const tagged = await world.officerA.ask('PATCH', path, { body: { name: 'Third name' }, headers: { 'If-Match': one.headers.etag } })
  ok([200, 412].includes(tagged.status), 'an entity tag works as If-Match')
  is((await world.officerA.ask('PATCH', path, { body: { name: 'x' }, headers: { 'If-Match': 'abc' } })).status, 400)
}
async function a_removed_record_says_why_and_keeps_its_history({ is, ok }) {
  const made = await world.officerA.ask('POST', '/api/records/place', { body: { name: 'Short lived', type: 'market' } })
  const path = `/api/records/place/${made.json.id}`
  const bare = await world.officerA.ask('DELETE', path, { body: {} })
  is(bare.status, 422, 'a reason is needed')
  is((await world.officerA.ask('DELETE', path, { body: { _reason: 'entered twice' } })).status, 204)
  is((await world.officerA.ask('GET', path)).status, 404, 'not to be read by its id')
  is((await world.officerA.ask('PATCH', path, { body: { name: 'Back again' } })).status, 404, 'nor changed')
  is((await world.officerA.ask('DELETE', path, { body: { _reason: 'once more' } })).status, 404, 'nor removed again')
  is((await world.officerA.ask('POST', '/api/records/place', { body: { name: 'Stall', type: 'market', parent: made.json.id } })).status, 422, 'nor referred to')
  const told = await world.officerA.ask('GET', `${path}/history`)
  is(told.json.rows.at(-1).reason, 'entered twice', told.text)
  const list = await world.officerA.ask('GET', '/api/records/place?q=short+lived')
  is(list.json.rows.length, 0)
}

/* --- bad input ------------------------------------------------------------------------------------------------------------- */
async function a_bad_body_gets_every_finding_at_once({ is, ok }) {
  const a = await world.officerA.ask('POST', '/api/records/case', { body: {
    classification: 'nonsense', onset: '2021-02-30', no_such_field: 1, person: '!!', severity: 'very' } })
  is(a.status, 422, a.text)
  is(a.headers['content-type'], 'application/problem+json')
  for (const k of ['type', 'title', 'status', 'code', 'detail', 'findings']) ok(k in a.json, `lacks ${k}`)
  is(a.json.status, 422)
  const fields = new Set(a.json.findings.map(f => f.field))
  for (const f of ['classification', 'onset', 'no_such_field', 'person', 'severity']) ok(fields.has(f), `no finding on ${f}: ${[...fields]}`)
  ok(a.json.findings.every(f => f.message && f.message !== f.code && f.severity), 'each finding is a sentence')
  const vi = await world.officerA.ask('POST', '/api/records/case', { body: { severity: 'very' }, headers: { 'Accept-Language': 'vi-VN,vi;q=0.9,en;q=0.2' } })
  ok(/[ăâđêôơưạảấầẩẫậ]/.test(vi.text), 'in Vietnamese when asked')
}
async function unreadable_bodies_are_refused({ is, ok }) {
  const post = (body, headers) => world.officerA.ask('POST', '/api/records/place', { body, headers })
  is((await post('{"name":')).status, 400)
  is((await post('')).status, 400, 'empty')
  is((await post('[]')).status >= 400, true, 'no object')
  is((await post(Buffer.from([0x7b, 0x22, 0x6e, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]))).json.code, 'json.not-utf8')
  is((await post('['.repeat(5000) + ']'.repeat(5000))).status, 400, 'deep')
  is((await post('{"name":"a","name":"b"}')).status, 400, 'a name twice')
  is((await post('{"name":"a"}', { 'Content-Type': 'text/plain' })).status, 415)
  const big = await post(Buffer.alloc((8 << 20) + 1, 0x20)).catch(e => ({ status: e.code }))
  ok([413, 'EPIPE', 'ECONNRESET'].includes(big.status), `oversize: ${big.status}`)
  is((await world.officerA.ask('POST', '/api/import/person', { body: Buffer.alloc(0), headers: { 'Content-Type': 'text/csv' } })).status >= 400, true)
}
async function unreadable_addresses_are_refused({ server, is }) {
  const get = path => world.officerA.ask('GET', path)
  is((await get('/api/records/case?q=%FF%FE')).json.code, 'http.not-utf8')
  is((await get('/api/records/%ZZ')).json.code, 'http.bad-escape')
  is((await get('/api/records/ca%00se')).json.code, 'http.bad-escape')
  is((await get('/api/records/case?' + [...Array(60)].map((_, i) => `a${i}=1`).join('&'))).json.code, 'http.too-many-args')
  is((await get('/api/records/case?q=' + 'a'.repeat(9000))).status, 414)
  is((await get('/api/nothing')).status, 404)
  is((await get('/api/records/nothing')).status, 404)
  is((await get('/api/records/case?limit=0')).status, 422)
  is((await get('/api/records/case?order=nonsense')).status, 422)
  is((await get('/api/records/case?nonsense=1')).status, 422)
  is((await request(server, 'GET', '/api/../etc/passwd')).status, 404)
  is((await request(server, 'GET', '/..%2f..%2fetc%2fpasswd')).status, 404)
}
async function wrong_methods_name_the_right_ones({ server, is, ok }) {
  const a = await request(server, 'PUT', '/api/me')
  is(a.status, 405)
  ok(a.headers.allow.includes('GET') && a.headers.allow.includes('PATCH'), a.headers.allow)
  const o = await request(server, 'OPTIONS', '/api/records/case')
  is(o.status, 204)
  ok(o.headers.allow.includes('POST'), o.headers.allow)
  const h = await world.officerA.ask('HEAD', '/api/me')
  is(h.status, 200)
  is(h.text, '')
  is((await request(server, 'POST', '/', { body: {} })).status, 405)
  is((await request(server, 'GET', '/api/me', { body: { a: 1 } })).status, 400, 'a body where none belongs')
}
const raw = (server, bytes, ms = 3000) => new Promise(done => {
  const s = net.connect(server.port, '127.0.0.1')
  let text = ''
  s.on('data', d => { text += d })
  s.on('error', () => done(text))
  s.on('close', () => done(text))
  s.write(bytes)
  setTimeout(() => s.destroy(), ms)
})
async function broken_http_does_not_hurt({ server, is, ok }) {
  const all = await Promise.all(['\0\0\0\0', 'GET\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', 'GET http:// HTTP/1.1\r\nHost: x\r\n\r\n',
    `GET /${'a'.repeat(70000)} HTTP/1.1\r\nHost: x\r\n\r\n`, `GET / HTTP/1.1\r\n${[...Array(300)].map((_, i) => `X-${i}: 1\r\n`).join('')}\r\n`,
    'POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n', 'POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n',
    'POST /api/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzzzz\r\n', 'POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{"a'].map(b => raw(server, b)))
  for (const t of all) ok(!/^HTTP\/1\.1 (2|500)/.test(t) || t.startsWith('HTTP/1.1 200 OK'), t.slice(0, 80))
  is((await request(server, 'GET', '/api/health')).status, 200)
}

/* --- answers ------------------------------------------------------------------------------------------------------------------ */
async function an_unchanged_answer_is_not_sent_again({ is, ok }) {
  for (const path of [`/api/records/place/${world.a.place}`, '/api/records/place', '/api/catalogue']) {
    const a = await world.officerA.ask('GET', path)
    const b = await world.officerA.ask('GET', path, { headers: { 'If-None-Match': a.headers.etag } })
    is(b.status, 304, path)
    is(b.text, '')
  }
  const path = `/api/records/place/${world.a.place}`
  const a = await world.officerA.ask('GET', path)
  await world.officerA.ask('PATCH', path, { body: { name: 'A newer name' } })
  is((await world.officerA.ask('GET', path, { headers: { 'If-None-Match': a.headers.etag } })).status, 200, 'changed')
  ok(a.headers['cache-control'] === 'no-store', 'records are not kept by browsers')
}
async function large_answers_are_compressed_when_accepted({ is, ok }) {
  const a = await world.officerA.ask('GET', '/api/catalogue', { headers: { 'Accept-Encoding': 'gzip' } })
  is(a.headers['content-encoding'], 'gzip')
  ok(JSON.parse(gunzipSync(a.raw)).kinds.length > 5)
  is((await world.officerA.ask('GET', '/api/catalogue', { headers: { 'Accept-Encoding': 'gzip;q=0' } })).headers['content-encoding'], undefined)
}
async function answers_carry_the_safety_headers({ server, is, ok }) {
  for (const path of ['/api/health', '/', '/api/me']) {
    const h = (await request(server, 'GET', path)).headers
    ok(h['content-security-policy'].includes("default-src 'self'") && !h['content-security-policy'].includes('unsafe'), path)
    is(h['x-content-type-options'], 'nosniff')
    is(h['referrer-policy'], 'no-referrer')
  }
}
async function the_web_app_is_served({ server, is, ok, skip }) {
  const page = await request(server, 'GET', '/')
  if (page.status === 404) skip('the web app was not built')
  is(page.headers['cache-control'], 'no-cache')
  is((await request(server, 'GET', '/deep/link')).text, page.text, 'an address without a dot is the first page')
  is((await request(server, 'GET', '/no-such.js')).status, 404)
  is((await request(server, 'GET', '/index.html.gz')).status, 404)
  is((await request(server, 'GET', '/', { headers: { 'If-None-Match': page.headers.etag } })).status, 304)
  const script = /src="\/?([^"]+\.js)"/.exec(page.text)?.[1]
  ok(script, 'the page names its script')
  const js = await request(server, 'GET', `/${script.replace(/^\.?\//, '')}`, { headers: { 'Accept-Encoding': 'gzip' } })
  is(js.status, 200)
  is(js.headers['content-encoding'], 'gzip')
  ok(js.headers['cache-control'].includes('immutable'), js.headers['cache-control'])
}
async function a_download_has_its_name_and_bytes({ is, ok }) {
  const csv = await world.officerA.ask('GET', '/api/export/person?format=csv')
  is(csv.status, 200, csv.text)
  ok(csv.headers['content-disposition'].includes('.csv'), csv.headers['content-disposition'])
  ok(csv.text.includes(MARK_A))
  const xlsx = await world.officerA.ask('GET', '/api/export/case?format=xlsx')
  is(xlsx.raw.subarray(0, 2).toString(), 'PK')
  is((await world.officerA.ask('GET', '/api/export/person?format=pdf')).status, 422)
  is((await world.workerA.ask('GET', '/api/export/person?format=csv')).status, 403)
}
async function a_file_is_tried_then_imported({ is, ok }) {
  const rows = [...Array(1500)].map((_, i) => `Imported person ${i},19${60 + i % 30},${i % 2 ? 'male' : 'female'}`).join('\n')
  const a = await world.officerA.ask('POST', '/api/import/person?name=list.csv&dry_run=1',
    { body: Buffer.from(`name,birth_year,sex\n${rows}\n`), headers: { 'Content-Type': 'text/csv' } })
  is(a.status, 202, a.text)
  const wait = async id => {
    for (let i = 0; i < 200; i++) {
      const j = await world.officerA.ask('GET', `/api/jobs/${id}`)
      if (['done', 'failed', 'cancelled'].includes(j.json.status)) return j.json
      await new Promise(done => setTimeout(done, 50))
    }
    throw new Error('the job never ended')
  }
  const tried = await wait(a.json.job)
  is(tried.status, 'done', JSON.stringify(tried).slice(0, 300))
  const applied = await world.officerA.ask('POST', `/api/jobs/${a.json.job}/apply`, { body: {} })
  is(applied.status, 202, applied.text)
  const done = await wait(applied.json.job)
  is(done.status, 'done')
  is(done.accepted, 1500)
  const csv = await world.officerA.ask('GET', `/api/jobs/${applied.json.job}/findings.csv`)
  is(csv.status, 200, csv.text)
  ok(csv.text.includes('row,field,severity,code,message'))
}
async function a_long_upload_waits_on_disk_not_in_memory({ server, is, ok }) {
  const size = 64 << 20
  const a = await world.officerA.ask('POST', '/api/import/person?name=big.csv&dry_run=1&format=csv',
    { body: Buffer.alloc(size, 'name,sex\nSomebody,male\n'), headers: { 'Content-Type': 'text/csv' }, timeout: 120000 })
  is(a.status, 202, a.text)
  await world.officerA.ask('POST', `/api/jobs/${a.json.job}/cancel`, { body: {} })
}

/* --- events --------------------------------------------------------------------------------------------------------------------- */
async function a_listener_hears_of_a_change_without_its_data({ server, is, ok }) {
  const stream = net.connect(server.port, '127.0.0.1')
  let text = ''
  stream.on('data', d => { text += d })
  stream.write(`GET /api/events HTTP/1.1\r\nHost: x\r\nCookie: cordon=${world.workerA.token}\r\n\r\n`)
  const until = async (what, ms = 5000) => {
    for (const end = Date.now() + ms; Date.now() < end;) {
      if (what.test(text)) return true
      await new Promise(done => setTimeout(done, 10))
    }
    return false
  }
  ok(await until(/welcome/), `no stream: ${text}`)
  ok(/text\/event-stream/.test(text))
  const began = Date.now()
  const made = await world.officerB.ask('POST', '/api/records/place', { body: { name: MARK_B, type: 'market' } })
  ok(await until(/event: changed\ndata: \{"kind":"place","seq":\d+\}/), text)
  ok(Date.now() - began < 2000, 'late')
  ok(!text.includes(MARK_B) && !text.includes(made.json.id), 'the stream carries data')
  const job = await world.officerA.ask('POST', '/api/import/person?name=x.csv&dry_run=1', { body: Buffer.from('name\nA B\n'), headers: { 'Content-Type': 'text/csv' } })
  ok(await until(new RegExp(`event: job\\ndata: \\{"id":"${job.json.job}"\\}`)), text)
  ok(!/"kind":"(user|session|job)"/.test(text), 'internal kinds are not told')
  stream.destroy()
}
async function many_listeners_cost_little_and_all_hear({ server, is, ok }) {
  const texts = Array(60).fill('')
  const streams = texts.map((_, i) => {
    const s = net.connect(server.port, '127.0.0.1')
    s.on('error', () => {})
    s.on('data', d => { texts[i] += d })
    s.write(`GET /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${world.workerA.token}\r\n\r\n`)
    return s
  })
  await new Promise(done => setTimeout(done, 300))
  await world.officerA.ask('POST', '/api/records/place', { body: { name: 'Heard by all', type: 'market' } })
  await new Promise(done => setTimeout(done, 700))
  is(texts.filter(t => /event: changed/.test(t)).length, 60)
  streams.forEach(s => s.destroy())
  is((await request(server, 'GET', '/api/health')).status, 200)
}

async function too_much_at_once_is_refused_and_the_rest_answered({ server, is, ok }) {
  const sockets = await Promise.all([...Array(400)].map(() => new Promise((done, fail) => {
    const socket = net.connect(server.port, '127.0.0.1', () => done(socket))
    socket.on('error', fail)
  })))
  const answer = socket => new Promise(done => {
    let text = ''
    socket.on('data', d => { text += d.toString('latin1') })
    socket.on('close', () => done({ statusCode: Number(text.slice(9, 12)), headers: { 'retry-after': /Retry-After: (\d+)/.exec(text)?.[1] } }))
  })
  const answers = sockets.map(answer)
  for (const s of sockets)
    s.write(`GET /api/export/person?format=xlsx HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${world.officerA.token}\r\n\r\n`)
  const began = Date.now()
  is((await request(server, 'GET', '/api/health')).status, 200)
  const quick = Date.now() - began
  const all = await Promise.all(answers), busy = all.filter(a => a.statusCode === 503)
  ok(all.every(a => [200, 503].includes(a.statusCode)), [...new Set(all.map(a => a.statusCode))].join(' '))
  ok(busy.every(a => Number(a.headers['retry-after']) > 0), 'a refusal says when to try again')
  ok(all.some(a => a.statusCode === 200), 'nothing was answered')
  ok(quick < 3000, `a quick question waited ${quick} ms`)
}

/* --- the description --------------------------------------------------------------------------------------------------------------- */
async function the_description_is_whole({ is, ok }) {
  const doc = world.doc
  is(doc.openapi, '3.1.0')
  for (const [ref, at] of references(doc))
    ok(ref.replace('#/', '').split('/').reduce((o, k) => o?.[k], doc), `${at}: ${ref} leads nowhere`)
  for (const [path, item] of Object.entries(doc.paths))
    for (const [method, o] of Object.entries(item)) {
      ok(Object.keys(o.responses).length >= 2, `${method} ${path} has no responses`)
      ok(o.summary && o.description, `${method} ${path} has no words`)
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(m => m[1])
      for (const name of named) ok(o.parameters.some(p => p.in === 'path' && p.name === name && p.required), `${method} ${path} lacks ${name}`)
    }
  const cli = spawnSync(program, ['openapi'], { encoding: 'utf8', maxBuffer: 1 << 26 })
  is(Object.keys(JSON.parse(cli.stdout).paths).length, Object.keys(doc.paths).length, 'cordon openapi tells the same')
}
async function each_route_answers_somebody_who_may({ is, ok }) {
  const get = async (who, path) => { const a = await who.ask('GET', path); is(a.status, 200, `${path}: ${a.text.slice(0, 300)}`); return a }
  const q = encodeURIComponent(world.unitA)
  for (const path of ['/api/me', '/api/units', `/api/units?q=dien+bien`, `/api/units/${q}`, '/api/map', '/api/measures?level=2', '/api/policies',
    `/api/today?unit=${q}`, `/api/levels?unit=${q}`, `/api/levels/evidence?unit=${q}`, `/api/levels/history?unit=${q}`,
    `/api/estimates/speed?unit=${q}`, '/api/diseases', `/api/cases/${world.a.case}/trace?depth=2`, `/api/records/case/${world.a.case}/history`, '/api/jobs', '/api/mappings'])
    await get(world.officerA, path)
  is((await world.officerA.ask('GET', `/api/units/${world.unitA}`)).json.path, world.unitA, 'slashes may stand as they are')
  const layers = (await world.officerA.ask('GET', '/api/map')).json.layers
  if (layers.length) is((await get(world.officerA, `/api/map/${layers[0]}`)).json.type, 'FeatureCollection')
  const packs = (await world.officerA.ask('GET', '/api/policies')).json.rows
  ok(packs.length > 3)
  await get(world.officerA, `/api/policies/${packs[0].id}`)
  for (const path of ['/api/users', '/api/audit', '/api/verify/status']) await get(world.admin, path)
  const a = await get(world.clerkB, `/api/directives/${world.b.directive}`)
  ok(a.json.assignments.length >= 2)
  if (world.b.assignment) {
    const act = body => world.clerkB.ask('POST', `/api/assignments/${world.b.assignment}/act`, { body })
    is((await act({ act: 'acknowledge', text: 'seen' })).status < 300, true)
    const shut = await act({ act: 'close' })
    is(shut.status, 422)
    ok(JSON.stringify(shut.json).includes('assignment.evidence-missing'), shut.text)
  }
  is((await world.officerA.ask('PATCH', '/api/me', { body: { language: 'en' } })).json.language, 'en')
}
async function every_answer_fits_its_description({ ok, is }) {
  const wrong = new Map()
  let n = 0
  for (const a of answers) {
    if (!a.json || !a.path.startsWith('/api/')) continue
    const pattern = pathOf(world.doc, a.path)
    const operation = pattern && world.doc.paths[pattern][a.method.toLowerCase()]
    const want = a.status >= 400 ? { $ref: '#/components/schemas/problem' }
      : operation?.responses['2XX']?.content?.['application/json']?.schema
    if (a.status >= 400) is(a.headers['content-type'], 'application/problem+json', a.path)
    if (!want) continue
    n++
    for (const e of check(world.doc, want, a.json)) wrong.set(`${a.method} ${pattern} ${e.replace(/\[\d+\]/g, '[]')}`, a.path)
  }
  ok(n > 300, `only ${n} answers were checked`)
  is([...wrong.keys()].slice(0, 40).join('\n'), '')
}

/* --- the end ------------------------------------------------------------------------------------------------------------------------ */
async function the_log_names_nobody({ server, ok }) {
  ok(/GET \/api\/records\/\{kind\}\/\{id\} 200 \d+ ms/.test(server.log), 'the log shows patterns')
  for (const secret of [MARK_A, MARK_B, 'bravo', world.a.person, world.officerA.token, 'observera']) ok(!server.log.includes(secret), `the log tells ${secret}`)
}
async function stopping_finishes_what_was_begun({ server, is, ok }) {
  const stream = net.connect(server.port, '127.0.0.1')
  stream.on('error', () => {})
  let closed = false
  stream.on('close', () => { closed = true })
  stream.on('data', () => {})
  stream.write(`GET /api/events HTTP/1.1\r\nHost: x\r\nCookie: cordon=${world.workerA.token}\r\n\r\n`)
  await new Promise(done => setTimeout(done, 200))
  const slow = Promise.all([...Array(6)].map(() => world.province.ask('GET', '/api/export/person?format=xlsx').catch(() => null)))
  await new Promise(done => setTimeout(done, 5))
  const began = Date.now()
  const end = await server.stop()
  is(end.code, 0, `ended by ${end.signal}: ${server.log.slice(-500)}`)
  ok(Date.now() - began < 5000, 'slow to stop')
  await slow
  await new Promise(done => setTimeout(done, 50))
  ok(closed, 'the stream was ended')
}
async function after_a_restart_sessions_hold_and_nothing_is_done_twice({ server, is, ok }) {
  await server.restart()
  is((await world.officerA.ask('GET', '/api/me')).status, 200)
  const verify = await world.admin.ask('GET', '/api/verify/status')
  is(verify.json.sound, true, verify.text)
}

async function a_write_sent_again_after_a_restart_gets_its_first_result({ server, is, ok }) {
  const gone = await world.officerA.ask('POST', '/api/records/place', { body: { name: 'Soon removed', type: 'market' } })
  const csv = { body: Buffer.from('name,birth_year,sex\nThrice sent,1980,male\n'), headers: { 'Content-Type': 'text/csv' } }
  const writes = [
    ['a place', world.officerA, 'POST', '/api/records/place', { body: { name: 'Kept market', type: 'market' } }, j => j.id],
    // made anew it would be refused, as somebody known already
    ['a person', world.officerA, 'POST', '/api/records/person', { body: { name: 'Only once', birth_date: '1980-02-03', sex: 'male' } }, j => j.id],
    ['a change', world.officerA, 'PATCH', `/api/records/place/${world.a.place}`, { body: { name: 'Changed once' } }, j => `${j.id} ${j.name} ${j.lost.length}`],
    ['a removal', world.officerA, 'DELETE', `/api/records/place/${gone.json.id}`, { body: { _reason: 'entered twice' } }, () => ''],
    ['a level', world.officerB, 'POST', '/api/levels/sign', { body: { unit: world.unitB, as_of: today, level: 2, reason: 'once' } }, j => `${j.id} ${j.status}`],
    ['a directive', world.clerkB, 'POST', '/api/directives', { body: { text: directive('sent twice').replace('Số: 77/', 'Số: 78/'), direction: 'incoming' } }, j => `${j.record.id} ${j.assignments.length}`],
    ['signals', world.officerB, 'POST', '/api/signals/run', { body: { unit: world.unitB, below: 'none', weeks: 2, method: 'ears-c1' } }, j => `${j.stored} ${j.rows[0].id}`],
    ['an import', world.officerA, 'POST', '/api/import/person?name=thrice.csv&dry_run=1', csv, j => j.job],
  ]
  for (const w of writes) {
    w.key = operationId()
    w.send = (body = w[4].body) => w[1].ask(w[2], w[3], { ...w[4], body, headers: { ...w[4].headers, 'Idempotency-Key': w.key } })
    w.first = await w.send()
    ok(w.first.status < 300, `${w[0]}: ${w.first.text}`)
  }
  const account = { body: { login: 'onceonly', name: 'Test once', role: 'observer', unit: world.unitA, password: PASSWORD }, headers: { 'Idempotency-Key': operationId() } }
  is((await world.admin.ask('POST', '/api/users', account)).status, 201)
  const size = async () => (await world.admin.ask('GET', '/api/verify/status')).json.records
  const before = await size()
  await server.restart()
  for (const w of writes) {
    const again = await w.send()
    is(again.status, w.first.status, `${w[0]}: ${again.text}`)
    is(again.headers['idempotency-replayed'], 'true', w[0])
    if (again.json) is(w[5](again.json), w[5](w.first.json), w[0])
    is((await w.send()).text, again.text, `${w[0]}, sent a third time`)
  }
  is(await size(), before, 'nothing was made anew')
  const place = writes[0]
  const other = await place.send({ name: 'Another market', type: 'market' })
  is(other.status, 409, 'the same key for another content')
  const elsewhere = await world.officerB.ask('POST', '/api/records/place', { ...place[4], headers: { 'Idempotency-Key': place.key } })
  is(elsewhere.status, 409, 'the same key of another person')
  is((await world.admin.ask('POST', '/api/users', account)).status, 409, 'nothing is kept of a request with a password')
  const seen = await world.commanderA.ask('GET', '/api/audit')
  ok(seen.json.rows.length > 0 && !seen.text.includes('"request"'), 'the audit does not tell fingerprints')
}

export const all = [
  the_server_is_ready_within_a_second, needed(an_empty_base_makes_its_first_administrator_once), needed(a_small_world_is_made_through_the_api),
  needed(every_route_is_closed_to_strangers), open_routes_are_only_those_before_signing_in, a_commune_sees_nothing_of_another_commune,
  what_one_may_see_is_there, outside_looks_like_absent, nobody_writes_into_another_commune, a_role_without_the_permission_is_refused,
  names_are_masked_without_the_permission, a_cookie_write_needs_the_guard_header, a_one_time_link_signs_in_once_and_only_here,
  signing_out_ends_the_session, wrong_passwords_make_the_next_try_wait, the_same_operation_is_done_once, sent_at_once_it_is_still_done_once,
  a_stale_change_is_merged_and_tells_what_was_lost, a_removed_record_says_why_and_keeps_its_history, a_bad_body_gets_every_finding_at_once,
  unreadable_bodies_are_refused, unreadable_addresses_are_refused, wrong_methods_name_the_right_ones, broken_http_does_not_hurt,
  an_unchanged_answer_is_not_sent_again, large_answers_are_compressed_when_accepted, answers_carry_the_safety_headers, the_web_app_is_served,
  a_download_has_its_name_and_bytes, a_file_is_tried_then_imported, a_long_upload_waits_on_disk_not_in_memory,
  ...signals(world), ...scenarios(world), ...estimates(world), a_listener_hears_of_a_change_without_its_data, many_listeners_cost_little_and_all_hear, too_much_at_once_is_refused_and_the_rest_answered, the_description_is_whole,
  each_route_answers_somebody_who_may, every_answer_fits_its_description, the_log_names_nobody, stopping_finishes_what_was_begun,
  after_a_restart_sessions_hold_and_nothing_is_done_twice, a_write_sent_again_after_a_restart_gets_its_first_result,
]
