// A record's values as text people read: words by label, references by name, masked values as dots.
import type { Field, Row } from '../api/records.ts'
import { wordLabel } from '../api/records.ts'
import { app, t } from './app.svelte.ts'
import { dateText, instantText, number } from './format.ts'
import { unitName } from './units.svelte.ts'

export const MASK = '•••'

export function show(f: Field, v: unknown, row?: Row, names?: Record<string, string>): string {
  if (v === null || v === undefined || v === '') return row?.masked && f.personal ? MASK : ''
  switch (f.type) {
    case 'word': return wordLabel(f, v, app.lang)
    case 'date': return dateText(v)
    case 'instant': return instantText(v)
    case 'boolean': return v ? t('yes') : t('no')
    case 'integer': case 'number': {
      const n = typeof v === 'number' && /year$/.test(f.name) ? String(v) : number(v, app.lang, 6)
      return f.measure ? `${n} ${f.measure}` : n
    }
    case 'unit': return unitName(v)
    case 'ref': return names?.[String(v)] ?? row?._names?.[String(v)] ?? String(v)
    case 'json': return JSON.stringify(v)
    default: return String(v)
  }
}
export const nameOf = (row: Row | undefined, refField: string): string => {
  const id = row?.[refField]
  return typeof id === 'string' ? row?._names?.[id] ?? '' : ''
}
