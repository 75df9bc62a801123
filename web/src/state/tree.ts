// Reading answers whose inside is the server's own: evidence sheets, policy packs.
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)
/** A list of objects that can stand as a table: every cell plain, keys shared. */
export const tableOf = (v: unknown): { columns: string[]; rows: Record<string, unknown>[] } | null => {
  if (!Array.isArray(v) || !v.length || !v.every(isObject)) return null
  const columns = [...new Set(v.flatMap(r => Object.keys(r)))]
  return columns.length <= 12 ? { columns, rows: v } : null
}
/** "cases_14d" as words, when the catalogue of words has none of its own. */
export const plainKey = (key: string): string => {
  const s = key.replaceAll('_', ' ').trim()
  return s.charAt(0).toUpperCase() + s.slice(1)
}
export const isText2 = (v: unknown): v is { vi: string; en: string } =>
  isObject(v) && typeof v.vi === 'string' && typeof v.en === 'string' && Object.keys(v).length === 2
