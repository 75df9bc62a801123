// Outbreak signals as the server tells them.
import type { Row } from './records.ts'
import type { Finding } from './types.ts'

export type WeekState = 'judged' | 'alarm' | 'too-few' | 'missing' | 'no-baseline' | 'no-fit'
export interface SignalRow {
  unit: string; name: string; population: number | null; alarms: number
  counts: (number | null)[]; expected: (number | null)[]; upper: (number | null)[]; score: (number | null)[]; p: (number | null)[]
  states: WeekState[]; silent?: number[]; filled?: boolean[]
}
export interface SignalGrid {
  source: { unit: string; name: string; as_of: string; from: string; to: string; by: string; cases: string; disease: string; cut_off: { time: string; utc_offset: number } }
  method: string; series: string; paper: string; params: Record<string, unknown>
  weeks: string[]; days: number; known_from: string | null; rows: SignalRow[]; signals: Row[]; notes: Finding[]
}
/** What a signal was raised on, as it stood then. */
export interface SignalEvidence {
  paper: string; params: Record<string, unknown>; as_of: string; days: number; silent: number
  first_week: string; counts: (number | null)[]; first_judged: string; expected: (number | null)[]; upper: (number | null)[]
}
/** A series with its threshold, one entry per week: what the curve draws. */
export interface WeekPoint { week: string; count: number | null; expected: number | null; upper: number | null; alarm: boolean; open: boolean; filled: boolean }

const weekAfter = (iso: string, n: number) => new Date(Date.parse(iso + 'T00:00:00Z') + n * 7 * 864e5).toISOString().slice(0, 10)
/** Weeks before anything was known say nothing and are not drawn. */
const known = (points: WeekPoint[]) => { const first = points.findIndex(p => p.count !== null); return first > 0 ? points.slice(first) : points }
export const firstKnown = (g: SignalGrid): number => Math.max(0, Math.min(g.weeks.length - 1, g.weeks.findIndex(w => !g.known_from || weekAfter(w, 1) > g.known_from)))
export const pointsOf = (g: SignalGrid, r: SignalRow): WeekPoint[] => known(g.weeks.map((week, i) => ({
  week, count: r.counts[i] ?? null, expected: r.expected[i] ?? null, upper: r.upper[i] ?? null, alarm: r.states[i] === 'alarm',
  open: i === g.weeks.length - 1 && g.days < 7, filled: r.filled?.[i] ?? false })))
export function pointsThen(e: SignalEvidence): WeekPoint[] {
  const before = Math.round((Date.parse(e.first_judged) - Date.parse(e.first_week)) / (7 * 864e5))
  return known(e.counts.map((count, i) => ({ week: weekAfter(e.first_week, i), count, expected: e.expected[i - before] ?? null, upper: e.upper[i - before] ?? null,
    alarm: i === e.counts.length - 1, open: i === e.counts.length - 1 && e.days < 7, filled: false })))
}
/** How near a count is to its threshold, as a step from 0 (nothing) to 4 (alarm). */
export function nearness(count: number | null, upper: number | null, state: WeekState): 0 | 1 | 2 | 3 | 4 {
  if (state === 'alarm') return 4
  if (!count) return 0
  if (!upper) return 1
  return count >= upper * 0.75 ? 3 : count >= upper * 0.4 ? 2 : 1
}
