// Numbers, dates and labels as people read them. Civil dates stay texts: no time zone ever touches them.
import type { Lang, Text } from '../api/types.ts'

const locale = (l: Lang) => l === 'vi' ? 'vi-VN' : 'en-GB'
const formats = new Map<string, Intl.NumberFormat>()
function numberFormat(l: Lang, digits: number): Intl.NumberFormat {
  const key = l + digits
  let f = formats.get(key)
  if (!f) formats.set(key, f = new Intl.NumberFormat(locale(l), { maximumFractionDigits: digits }))
  return f
}
export const number = (v: unknown, l: Lang, digits = 0): string =>
  typeof v === 'number' && Number.isFinite(v) ? numberFormat(l, digits).format(v) : '–'
/** A share given in percent. */
export const percent = (v: unknown, l: Lang): string =>
  typeof v === 'number' && Number.isFinite(v) ? numberFormat(l, 1).format(v) + ' %' : '–'

export const dateText = (iso: unknown): string => {
  const m = typeof iso === 'string' ? /^(\d{4})-(\d\d)-(\d\d)/.exec(iso) : null
  return m ? `${m[3]}/${m[2]}/${m[1]}` : ''
}
export const dayMonth = (iso: string): string => dateText(iso).slice(0, 5)
/** An instant in the reader's own time zone. */
export function instantText(iso: unknown): string {
  const d = typeof iso === 'string' && iso ? new Date(iso) : null
  if (!d || Number.isNaN(d.getTime())) return ''
  const p = (n: number) => String(n).padStart(2, '0')
  return `${p(d.getDate())}/${p(d.getMonth() + 1)}/${d.getFullYear()} ${p(d.getHours())}:${p(d.getMinutes())}`
}
const daysIn = (y: number, m: number) => [31, y % 4 === 0 && (y % 100 !== 0 || y % 400 === 0) ? 29 : 28, 31, 30, 31, 30,
  31, 31, 30, 31, 30, 31][m - 1] ?? 0
/** What people type for a day ("5/1/2021", "05-01-2021", "05012021", "2021-01-05") as ISO; null when no day. */
export function readDate(s: string): string | null {
  const t = s.trim()
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(t)
  const own = /^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})$/.exec(t) ?? /^(\d\d)(\d\d)(\d{4})$/.exec(t)
  const [y, m, d] = iso ? [iso[1], iso[2], iso[3]].map(Number) : own ? [own[3], own[2], own[1]].map(Number) : []
  if (!y || !m || !d || d > daysIn(y, m)) return null
  return `${y}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`
}
/** "5/1/2021 14:30" in the reader's zone as an RFC 3339 instant; null when it is none. */
export function readInstant(s: string): string | null {
  const m = /^(\S+)\s+(\d{1,2})[:h](\d{2})$/.exec(s.trim())
  const day = m ? readDate(m[1]!) : readDate(s)
  if (!day) return null
  const hour = m ? Number(m[2]) : 0, minute = m ? Number(m[3]) : 0
  if (hour > 23 || minute > 59) return null
  const [y, mo, d] = day.split('-').map(Number) as [number, number, number]
  return new Date(y, mo - 1, d, hour, minute).toISOString().replace('.000Z', 'Z')
}
export const addDays = (iso: string, n: number): string => {
  const [y, m, d] = iso.split('-').map(Number) as [number, number, number]
  return new Date(Date.UTC(y, m - 1, d + n)).toISOString().slice(0, 10)
}
export const label = (t: Text | string | undefined | null, l: Lang): string =>
  t == null ? '' : typeof t === 'string' ? t : t[l] || t.vi || t.en || ''
export const csvCell = (v: unknown): string => {
  const s = v == null ? '' : String(v)
  // A cell that a spreadsheet would run as a formula stays text.
  const safe = /^[=+\-@\t\r]/.test(s) && !/^-?\d+([.,]\d+)?$/.test(s) ? "'" + s : s
  return /[",\n\r]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe
}
export const csv = (rows: unknown[][]): string => '\uFEFF' + rows.map(r => r.map(csvCell).join(',')).join('\r\n') + '\r\n'
