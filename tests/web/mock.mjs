// SPDX-License-Identifier: AGPL-3.0-or-later
// A small server that answers the HTTP contract with made-up data, so that the pages can be tried without a store.
// It keeps what is written in memory, and serves web/dist under the same content policy as the real server.
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { catalogue } from './mock-catalogue.mjs'
import { world } from './mock-world.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const dist = join(here, '../../web/dist')
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' }

export async function start({ firstRun = false } = {}) {
  const w = world()
  const state = { firstRun, sessions: new Set(), streams: new Set(), role: 'administrator', fail: new Map() }
  const send = (res, status, body, headers = {}) => {
    res.writeHead(status, { 'content-type': status >= 400 ? 'application/problem+json' : 'application/json', 'cache-control': 'no-store', ...headers })
    res.end(JSON.stringify(body))
  }
  const problem = (res, status, code, detail, more = {}) => send(res, status, { type: `/problems/${code}`, title: code, status, code, detail, ...more })
  const tell = (event, data) => { for (const s of state.streams) s.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`) }
  const signedIn = req => (req.headers.cookie ?? '').split('; ').some(c => c.startsWith('cordon=') && state.sessions.has(c.slice(7)))
  const session = (res, body) => {
    const token = Math.random().toString(36).slice(2)
    state.sessions.add(token)
    send(res, 200, body, { 'set-cookie': `cordon=${token}; HttpOnly; SameSite=Strict; Path=/` })
  }

  async function api(req, res, path, q, body) {
    const lang = (req.headers['accept-language'] ?? 'vi').startsWith('en') ? 'en' : 'vi'
    const json = () => { try { return JSON.parse(body.toString('utf8')) } catch { return {} } }
    const fail = state.fail.get(path)
    if (fail) { state.fail.set(path, fail - 1); if (fail === 1) state.fail.delete(path); return problem(res, 500, 'mock.fault', lang === 'en' ? 'the mock was told to fail' : 'máy chủ giả được bảo phải lỗi') }
    if (path === '/health') return send(res, 200, { status: 'ok', version: 'mock' })
    if (path === '/first-run') {
      if (req.method === 'GET') return send(res, 200, { needed: state.firstRun })
      if (json().token !== 'token-for-tests') return problem(res, 403, 'auth.token', lang === 'en' ? 'this is not the set-up token' : 'mã khởi tạo không đúng')
      state.firstRun = false
      return session(res, { token: 't', user: w.me(state.role) })
    }
    if (path === '/login') {
      if (json().password !== 'mat-khau-thu') return problem(res, 401, 'auth.wrong', 'wrong')
      return session(res, { token: 't', user: w.me(state.role) })
    }
    if (!signedIn(req)) return problem(res, 401, 'auth.none', 'sign in')
    if (req.method !== 'GET' && req.headers['x-cordon'] !== '1') return problem(res, 403, 'auth.csrf', 'header X-Cordon is missing')
    if (path === '/logout') { state.sessions.clear(); return send(res, 200, {}) }
    if (path === '/events') {
      res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      res.write(': hello\n\n')
      state.streams.add(res)
      req.on('close', () => state.streams.delete(res))
      return
    }
    if (path === '/me') return send(res, 200, w.me(state.role))
    if (path === '/catalogue') return send(res, 200, catalogue())
    const answer = w.answer({ method: req.method, path, q, json, body, lang, match: req.headers['if-match'] })
    if (!answer) return problem(res, 404, 'http.absent', lang === 'en' ? 'there is no such thing' : 'không có mục này')
    if (answer.problem) return problem(res, answer.status, answer.problem, answer.detail ?? answer.problem, answer.more)
    if (answer.file) { res.writeHead(200, { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': `attachment; filename="${answer.name}"` }); return res.end(answer.file) }
    send(res, answer.status ?? 200, answer.body)
    if (req.method !== 'GET' && !q.get('dry_run')) tell('changed', { kind: 'case', seq: Date.now() })
    if (answer.job) tell('job', answer.job)
  }

  const server = createServer(async (req, res) => {
    const url = new URL(req.url, 'http://localhost')
    const chunks = []
    for await (const c of req) chunks.push(c)
    try {
      if (url.pathname.startsWith('/api/')) return await api(req, res, decodeURI(url.pathname.slice(4)), url.searchParams, Buffer.concat(chunks))
      const name = url.pathname === '/' ? 'index.html' : url.pathname.slice(1).replaceAll('..', '')
      const bytes = await readFile(join(dist, name + '.gz'))
      res.writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream', 'content-encoding': 'gzip', 'content-security-policy': CSP, 'x-content-type-options': 'nosniff' })
      res.end(bytes)
    } catch (e) {
      if (e.code === 'ENOENT') { res.writeHead(404); res.end() } else { console.error(e); problem(res, 500, 'mock.bug', String(e)) }
    }
  })
  await new Promise(done => server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${server.address().port}`, state, tell,
    login: { login: 'tester', password: 'mat-khau-thu' },
    stop: () => new Promise(done => { for (const s of state.streams) s.end(); server.close(done); server.closeAllConnections() }),
  }
}
if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await start()).url)
