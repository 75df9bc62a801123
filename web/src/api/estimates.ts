// Figures of the epidemic as the server answers them.
import { get, Problem, type Query } from './client.ts'
import type { Confidence, Finding, Text } from './types.ts'

export type Cells = Record<string, number | string | null>
export interface EstimateSource {
  unit: string; name: string; as_of: string; from: string; to: string; open: boolean; by: 'report' | 'onset'; cases: 'all' | 'community'; disease: string
  cut_off: { time: string; utc_offset: number }
}
export interface SerialInterval { mean: number; sd: number; unit: string; source: string; confidence: Confidence; note?: Text }
export interface Disease { disease: string; name: Text; serial_interval: SerialInterval | null; main?: boolean }
export interface Estimate {
  figure: string; method: string; title: string; paper: string; source?: EstimateSource; units?: Record<string, string>; known?: Disease
  params: Record<string, unknown>; values?: Cells[]; rows: Cells[]; notes: Finding[]
  /** Why there is no figure: no cases, too few, a series too short. Not a failure. */
  none?: string
}
export async function estimate(figure: string, query: Query, signal?: AbortSignal): Promise<Estimate & Record<string, unknown>> {
  try { return await get(`/estimates/${figure}`, query, signal) } catch (e) {
    if (!(e instanceof Problem) || !e.code.startsWith('estimate.') || e.code === 'estimate.span') throw e
    const why = e.findings.filter(f => f.severity === 'error').map(f => f.message)
    return { figure, method: '', title: '', paper: '', params: {}, rows: [], notes: [], none: [...new Set([e.detail || e.title, ...why])].join(' – ') }
  }
}
export const num = (v: unknown): number | null => typeof v === 'number' && Number.isFinite(v) ? v : null
export const column = (rows: Cells[], name: string): (number | null)[] => rows.map(r => num(r[name]))
/** The same column for each of `days`, whatever days the rows have. */
export function byDay(days: string[], rows: Cells[], name: string, day = 'date'): (number | null)[] {
  const at = new Map(rows.map(r => [String(r[day]), num(r[name])]))
  return days.map(d => at.get(d) ?? null)
}
