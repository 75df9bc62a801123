// Records are generic: the catalogue says which kinds and fields there are.
import type { Lang, Text } from './types.ts'

export type FieldType = 'text' | 'word' | 'integer' | 'number' | 'boolean' | 'date' | 'instant' | 'ref' | 'unit' | 'json'
export interface Word { word: string; vi: string; en: string }
export interface Field {
  name: string; type: FieldType; label: Text; help?: Text; required?: boolean; list?: boolean
  personal?: boolean; long?: boolean; system?: boolean; clinical?: boolean
  words?: Word[]; ref?: string; min?: number; max?: number; measure?: string
}
export interface Kind { name: string; plural: string; label: Text; help?: Text; fields: Field[]; internal?: boolean }
export interface Catalogue { kinds: Kind[] }

export interface Row extends Record<string, unknown> {
  id: string; version?: number; unit?: string; masked?: boolean; _names?: Record<string, string>
}

export const kindOf = (c: Catalogue | null, name: string): Kind | undefined =>
  c?.kinds.find(k => k.name === name || k.plural === name)
export const fieldOf = (k: Kind | undefined, name: string): Field | undefined =>
  k?.fields.find(f => f.name === name)
export const wordLabel = (f: Field | undefined, word: unknown, lang: Lang): string =>
  f?.words?.find(w => w.word === word)?.[lang] ?? String(word ?? '')
export const text = (row: Row | undefined, name: string): string => {
  const v = row?.[name]
  return typeof v === 'string' ? v : v == null ? '' : String(v)
}
