// One door to the server: paths under /api, problems as exceptions, writes with their guard headers.
import type { Row } from './records.ts'
import type { Finding, Paged } from './types.ts'

export type Query = Record<string, string | number | boolean | undefined | null>

export class Problem extends Error {
  constructor(readonly status: number, readonly code: string, readonly title: string,
    readonly detail: string, readonly findings: Finding[] = [], readonly body: Record<string, unknown> = {}) {
    super(detail || title || code)
  }
}

let language = 'vi'
export const speak = (lang: string) => { language = lang }

/** Called once for every answer 401 outside the sign-in form. */
let onSignedOut: () => void = () => {}
export const whenSignedOut = (f: () => void) => { onSignedOut = f }

/** UUID version 7: the operation's id, made where the act happens; sent again it changes nothing. */
export function operationId(): string {
  const b = crypto.getRandomValues(new Uint8Array(16))
  const now = Date.now()
  for (let i = 0; i < 6; i++) b[i] = Math.floor(now / 2 ** (8 * (5 - i))) & 0xff
  b[6] = (b[6]! & 0x0f) | 0x70
  b[8] = (b[8]! & 0x3f) | 0x80
  const h = [...b].map(x => x.toString(16).padStart(2, '0')).join('')
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`
}

export function url(path: string, query: Query = {}): string {
  const q = new URLSearchParams()
  for (const [k, v] of Object.entries(query))
    if (v !== undefined && v !== null && v !== '') q.set(k, String(v))
  const s = q.toString()
  return `/api${path}${s ? (path.includes('?') ? '&' : '?') + s : ''}`
}

export interface Options {
  query?: Query; body?: unknown; text?: string; file?: Blob; version?: string | number
  op?: string; signal?: AbortSignal; quiet?: boolean
}

export async function call<T>(method: string, path: string, o: Options = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': language }
  let body: BodyInit | undefined
  if (o.body !== undefined) { headers['Content-Type'] = 'application/json'; body = JSON.stringify(o.body) }
  if (o.text !== undefined) { headers['Content-Type'] = 'text/plain; charset=utf-8'; body = o.text }
  if (o.file) { headers['Content-Type'] = o.file.type || 'application/octet-stream'; body = o.file }
  if (method !== 'GET') {
    headers['X-Cordon'] = '1'
    headers['Idempotency-Key'] = o.op ?? operationId()
  }
  if (o.version !== undefined) headers['If-Match'] = `"${o.version}"`
  let answer: Response
  try {
    answer = await fetch(url(path, o.query), { method, headers, body, signal: o.signal, credentials: 'same-origin' })
  } catch (e) {
    if (e instanceof DOMException && e.name === 'AbortError') throw e
    throw new Problem(0, 'net.offline', '', '')
  }
  const type = answer.headers.get('content-type') ?? ''
  const data: unknown = type.includes('json') ? await answer.json().catch(() => null) : await answer.text()
  if (answer.ok) return data as T
  if (answer.status === 401 && !o.quiet) onSignedOut()
  const p = (data && typeof data === 'object' ? data : {}) as Record<string, unknown>
  throw new Problem(answer.status, String(p.code ?? `http.${answer.status}`), String(p.title ?? ''),
    String(p.detail ?? ''), Array.isArray(p.findings) ? p.findings as Finding[] : [], p)
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal) => call<T>('GET', path, { query, signal })
export const post = <T>(path: string, body?: unknown, query?: Query) => call<T>('POST', path, { body: body ?? {}, query })
export const patch = <T>(path: string, body: unknown, version?: string | number) =>
  call<T>('PATCH', path, { body, version })
export const enc = encodeURIComponent
/** A page of records; the names of what they refer to come once per page and are given to each row. */
export async function list(kind: string, query?: Query, signal?: AbortSignal): Promise<Paged<Row>> {
  const v = await get<Paged<Row> & { _names?: Record<string, string> }>(`/records/${kind}`, query, signal)
  return { ...v, rows: v.rows.map(r => ({ ...r, _names: r._names ?? v._names })) }
}
