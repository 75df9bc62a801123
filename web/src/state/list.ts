// A list page's address: which filters there are, and what they ask of the API. Pure.
import type { Query } from '../api/client.ts'
import type { Field, Kind } from '../api/records.ts'

export const NOT_FILTERS = new Set(['q', 'order', 'unit', 'columns', 'focus', 'new', 'tab', 'on'])
/** The filters of an address that belong to the kind: field, field.gte, field.lte, field.null, field.any. */
export function filtersOf(query: Record<string, string>, kind: Kind | undefined): Query {
  const out: Query = {}
  for (const [k, v] of Object.entries(query)) {
    if (NOT_FILTERS.has(k) || v === '') continue
    const name = k.replace(/\.(gte|lte|null|any)$/, '')
    if (kind?.fields.some(f => f.name === name)) out[k] = v
  }
  return out
}
export function listQuery(query: Record<string, string>, kind: Kind | undefined, unit: string, order: string): Query {
  return { unit, q: query.q, order: query.order || order, ...filtersOf(query, kind) }
}
/** Columns shown: those chosen, else the kind's own. */
export function columnsOf(kind: Kind | undefined, chosen: string | undefined): Field[] {
  if (!kind) return []
  const names = chosen?.split(',').filter(Boolean)
  if (names?.length) return names.map(n => kind.fields.find(f => f.name === n)).filter((f): f is Field => !!f)
  return kind.fields.filter(f => f.list)
}
/** Letters without accents and case, as people type them in a hurry. */
export const foldText = (s: string): string => s.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/gi, 'd').toLowerCase()
