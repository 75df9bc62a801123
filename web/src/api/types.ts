// What the server's answers look like. Records themselves are in records.ts.
import type { Row } from './records.ts'

export type Lang = 'vi' | 'en'
export interface Text { vi: string; en: string }
export type Confidence = string

export interface Finding {
  row?: number; field?: string; path?: string; code: string
  severity: 'error' | 'warning' | 'note'; message: string
}
export interface Paged<T> { rows: T[]; next?: string | null; total?: number }

export interface User {
  id: string; login: string; name: string; role: string
  unit: string; unit_name: string; language: Lang; permissions: string[]
}

export interface Unit {
  path: string; code: string; name: string; full_name?: string; type?: string; level?: number
  population?: number; lat?: number; lon?: number; children?: number
  ancestors?: { path: string; name: string }[]; valid_from?: string; valid_to?: string
}

export interface Figure {
  id: string; label: Text; value: number | null; previous: number | null
  definition?: Text; source?: string; unit?: string; link?: string
}
export interface CurveDay { date: string; community: number; other: number; onset?: number }
export interface Decision {
  id: string; kind?: string; label: Text; count: number; severity: string; link?: string
}
/** The pack by which figures were counted, and whose it is. */
export interface RuleUsed { id: string; document?: string; authority?: string; confidence?: Confidence }
export interface UnitLine {
  path: string; name: string; code?: string; cases_7d: number; community: number; level?: number | null
  lat?: number | null; lon?: number | null
}
export interface Today {
  unit: { path: string; name: string }; as_of: string
  cut_off: { time: string; utc_offset: number }; source: string
  figures: Figure[]; curve: CurveDay[]; decisions: Decision[]
  level: { level?: number | null; computed?: number | null; published?: number | null; confidence?: Confidence; unverified?: boolean } | null
  window_days: number; community_rule?: RuleUsed | null; coverage_rule?: RuleUsed | null
  by_unit: UnitLine[]
}

export interface HistoryEntry {
  seq: number; action: string; author?: string; author_name?: string; server_time: string; reason?: string
  changes: { field: string; label?: string | Text; from: unknown; to: unknown }[]
}

/** One exposure: from whom, to whom (codes), how, when, where. */
export interface ChainStep {
  how: string; from?: string; to?: string; first?: string | null; last?: string | null
  place?: string | null; place_name?: string; place_id?: string; setting?: string | null
  minutes?: number; distance?: number; masked?: boolean; backward?: boolean; undated?: boolean; verify?: boolean
  person?: string; name?: string
}
export interface Duty {
  action?: string; days?: number; self_watch_days?: number; tests?: unknown[]; until?: string
  rule?: string | null; authority?: string; source?: string; confidence?: Confidence; text?: Text; state?: string; missing?: string[]
}
export interface RingPerson {
  ring: number; person: string; code?: string; name?: string | null; unit?: string; case?: string | null
  first?: string | null; last?: string | null; chain: ChainStep[]; duty?: Duty | null; verify?: boolean; evidence?: number
}
export interface Trace {
  index: string | string[] | { id?: string; code?: string; name?: string; window?: { from?: string; to?: string } }
  as_of?: string; depth?: number; windows?: { case: string; from?: string | null; to?: string | null }[]
  sources?: { case: string; how?: string; first?: string | null; last?: string | null }[]
  rings: RingPerson[]; truncated?: { place?: string | null; found?: number; kept?: number }[]; outside?: number; findings?: Finding[]
}

export interface LevelRow {
  unit: string; name: string; code: string; level: number | null; couldBe: string
  rate: number | null; cases: number | null; population: number | null
  coverage: number | null; elderly: number | null; ready: boolean | null
  rule: string; source: string; document: string; policy: string; authority: string; confidence: Confidence
  window: number | null; range: number[]
  published: { level: number; as_of: string; status: string } | null
  lat?: number; lon?: number; sheet: unknown
}
export interface Levels { as_of: string; policy?: { id: string; authority?: string; title?: string | Text } | null; rows: unknown[] }
export interface LevelHistory {
  rows: { as_of: string; level: number | null; rate?: number | null; coverage?: number | null }[]
  published?: Row[]
}
export interface Measure {
  activity: string; label?: Text; text?: Text; rule?: string; confidence?: Confidence; source?: string; note?: string | Text
}

export interface Assignment extends Row { children?: Assignment[]; progress?: Row[] }
export interface DirectiveAnswer {
  record?: Row; parsed?: Record<string, unknown> | null; assignments?: Assignment[] | number
}

export interface Job {
  id: string; status: string; kind: string; target: string; file: string; rows: number; done: number
  accepted: number; rejected: number; duplicate: number; updated: number; newPeople: number; changedPeople: number; dryRun: boolean; detail: string
  mapping: Record<string, unknown>; confidence: Record<string, number>
  columns: string[]; targets: { name: string; label: Text }[]; sample: unknown[]
  findings: Finding[]; totals: { error?: number; warning?: number; note?: number }
}

/** A line of the journal: who did what; reads have what was looked at in `detail`. */
export interface AuditRow {
  seq: number; action: string; author?: string; scope?: string; server_time: string; changes?: number; reason?: string; detail?: Record<string, unknown>
}
/** How one form of file is read: kept under a name for the next file of that form. */
export interface MappingSpec { columns: Record<string, string | null>; dates?: string; encoding?: string }
export interface SavedMapping { id: string; version?: number; name: string; target: string; spec: MappingSpec }

export interface PackSummary {
  id: string; topic: string; title: Text | string; authority?: string; from?: string; to?: string | null
  enabled?: boolean; rows?: number; unverified?: number
}
