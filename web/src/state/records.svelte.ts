// A record's values as text people read: words by label, references by name, masked values as dots.
import type { Field, Row } from '../api/records.ts'
import { wordLabel } from '../api/records.ts'
import { app, field, kind, say2, t, tOr } from './app.svelte.ts'
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

/** "level.sign" as words; what is done to any kind of record is put together from both. */
export function actionText(action: string): string {
  const own = tOr(`action.${action}`, '')
  if (own) return own
  const [what = '', done = ''] = action.split('.')
  const verb = tOr(`action.${done}`, '')
  return kind(what) && verb ? `${verb}: ${say2(kind(what)?.label)}` : tOr(`action.${what}`, action)
}
/** A conflict names its kind and field and keeps values as the store does; people read labels and words. */
export function readConflict(r: Row): Row {
  const k = kind(String(r.record_kind ?? '')), f = field(k?.name ?? '', String(r.field ?? ''))
  const value = (v: unknown) => f && (f.type === 'word' || f.type === 'date' || f.type === 'instant' || f.type === 'unit') ? show(f, v, r) : v
  return { ...r, record_kind: say2(k?.label) || r.record_kind, field: say2(f?.label) || r.field, kept: value(r.kept), lost: value(r.lost) }
}
