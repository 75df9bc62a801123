// SPDX-License-Identifier: AGPL-3.0-or-later
// A server on a fresh data folder, and one way to ask it. Every answer is kept for the check against the schemas.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const program = process.env.CORDON ?? 'build/cordon' // CORDON=build/asan/cordon for the sanitizers
export const answers = []
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 })

async function freePort() {
  const s = net.createServer()
  await new Promise(done => s.listen(0, '127.0.0.1', done))
  const { port } = s.address()
  await new Promise(done => s.close(done))
  return port
}

export async function start() {
  const top = mkdtempSync(join(tmpdir(), 'cordon-api-'))
  const data = join(top, 'data')
  const made = spawnSync(program, ['init', data, '--pack', 'vn-2021'], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(made.stderr || made.stdout)
  const server = { top, data, log: '', out: '' }
  const run = async () => {
    server.port = await freePort()
    const began = Date.now()
    server.out = ''
    server.process = spawn(program, ['--data', data, 'serve', '--listen', `127.0.0.1:${server.port}`, '--verbose'])
    server.process.stdout.on('data', d => { server.out += d })
    server.process.stderr.on('data', d => { server.log += d })
    server.exited = new Promise(done => server.process.on('exit', (code, signal) => done({ code, signal })))
    for (;;) {
      try {
        if (!server.out.includes('listening')) throw new Error('not yet')
        await request(server, 'GET', '/api/health')
        break
      } catch {
        if (Date.now() - began > 30000) throw new Error(`the server did not start: ${server.log}`)
        await new Promise(done => setTimeout(done, 20))
      }
    }
    server.readyMs = Date.now() - began
  }
  server.stop = async () => {
    server.process.kill('SIGTERM')
    return server.exited
  }
  server.restart = async () => { await server.stop(); await run() }
  server.remove = () => rmSync(top, { recursive: true, force: true })
  await run()
  return server
}

export function request(server, method, path, { body, headers = {}, timeout = 30000 } = {}) {
  return new Promise((done, fail) => {
    const bytes = body === undefined ? undefined
      : Buffer.isBuffer(body) || typeof body === 'string' ? Buffer.from(body) : Buffer.from(JSON.stringify(body))
    const h = { ...headers }
    if (bytes) {
      h['Content-Length'] = bytes.length
      if (!h['Content-Type']) h['Content-Type'] = 'application/json'
    }
    const req = http.request({ host: '127.0.0.1', port: server.port, method, path, headers: h, agent, timeout }, res => {
      const chunks = []
      res.on('data', c => chunks.push(c))
      res.on('error', fail)
      res.on('end', () => {
        const raw = Buffer.concat(chunks)
        const text = raw.toString('utf8')
        let json
        if ((res.headers['content-type'] ?? '').includes('json') && !res.headers['content-encoding'])
          try { json = JSON.parse(text) } catch { json = undefined }
        const a = { method, path, status: res.statusCode, headers: res.headers, raw, text, json }
        answers.push(a)
        done(a)
      })
    })
    req.on('error', fail)
    req.on('timeout', () => req.destroy(new Error('timeout')))
    if (bytes) req.write(bytes)
    req.end()
  })
}

/** Somebody signed in: by token, as programs do, or by cookie, as browsers do. */
export const as = (server, token) => ({
  token,
  ask: (method, path, o = {}) => request(server, method, path, { ...o, headers: { Authorization: `Bearer ${token}`, 'Accept-Language': 'en', ...o.headers } }),
  browser: (method, path, o = {}) => request(server, method, path, { ...o, headers: { Cookie: `cordon=${token}`, ...o.headers } }),
})
let clock = Date.now()
export function operationId() {
  const b = [...Array(16)].map(() => Math.floor(Math.random() * 256))
  clock++
  for (let i = 0; i < 6; i++) b[i] = Math.floor(clock / 2 ** (8 * (5 - i))) & 255
  b[6] = (b[6] & 15) | 0x70
  b[8] = (b[8] & 63) | 128
  const h = b.map(x => x.toString(16).padStart(2, '0')).join('')
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`
}
