// Clusters found by the scan statistic, as the server tells them.
import type { Finding } from './types.ts'

export interface Cluster {
  cluster: number; centre: string; lat?: number | null; lon?: number | null; radius: number | null; n_units: number; units: string
  from?: string | null; to?: string | null; observed: number; expected: number | null; ratio: number | null; relative_risk?: number | null
  llr: number; p_value: number | null; p_gumbel?: number | null; population?: number | null
}
export interface Member { cluster: number; unit: string; lat?: number | null; lon?: number | null; observed: number | null; expected: number | null; ratio: number | null }
export interface Scan {
  title: string; paper: string; rows: Cluster[]; members?: Member[]; notes: Finding[]; units?: Record<string, string>; values?: Record<string, number | null>[] | Record<string, number | null>
  source: { unit: string; name: string; as_of: string; from: string; to: string; by: string; cases: string; disease: string; cut_off: { time: string; utc_offset: number } }
}
export const LIKELY = 0.05
export const unitsOf = (c: Cluster): string[] => c.units.split(';').filter(Boolean)
/** A chance as people read it: small ones as a bound, since replications cannot say more. */
export const chance = (p: number | null | undefined, format: (v: number, digits: number) => string): string =>
  p == null ? '–' : p < 0.001 ? `< ${format(0.001, 3)}` : format(p, 3)
