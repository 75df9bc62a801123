// The server's answers in the shape the pages use; shares are percent, 0..100.
import type { Finding, Job, LevelRow, MappingSpec, SavedMapping } from './types.ts'

type Bag = Record<string, unknown>
const bag = (v: unknown): Bag => typeof v === 'object' && v !== null && !Array.isArray(v) ? v as Bag : {}
const num = (v: unknown): number | null => typeof v === 'number' && Number.isFinite(v) ? v : null
const str = (v: unknown): string => typeof v === 'string' ? v : ''

/** Lowest to highest of the levels a rule knows. */
export function levelRange(raw: unknown): number[] {
  const [lo, hi] = Array.isArray(raw) ? raw.map(num) : []
  return lo == null || hi == null || hi < lo || hi - lo > 9 ? [1, 2, 3, 4] : Array.from({ length: hi - lo + 1 }, (_, i) => lo + i)
}

/** A row of /levels: the evidence sheet with what the page needs beside it. */
export function readLevel(raw: unknown): LevelRow {
  const r = bag(raw), sheet = bag(r.sheet ?? raw), c = bag(r.criteria), evidence = bag(sheet.evidence)
  const c1 = bag(c.c1), c2 = bag(c.c2), c3 = bag(c.c3), window = bag(evidence.window)
  const ready = r.ready ?? c3.met
  const published = bag(r.published)
  const could = Array.isArray(sheet.could_be) ? sheet.could_be.map(num).filter(n => n !== null && n > 0) : []
  return {
    unit: str(sheet.unit ?? r.unit), name: str(r.name), code: str(r.code), level: num(sheet.level),
    couldBe: could.length === 2 && could[0] !== could[1] ? `${could[0]}–${could[1]}` : '',
    rate: num(evidence.rate ?? c1.rate), cases: num(r.cases ?? window.community_cases ?? c1.cases_14d),
    population: num(evidence.population ?? c1.population),
    coverage: num(r.coverage_one_dose ?? c2.coverage_one_dose), elderly: num(r.coverage_full_elderly ?? c2.full_elderly),
    ready: typeof ready === 'boolean' ? ready : null,
    rule: str(sheet.rule), source: str(sheet.source), document: str(sheet.document), policy: str(sheet.policy), authority: str(sheet.authority),
    confidence: str(sheet.confidence),
    window: num(r.window_days), range: levelRange(r.range ?? sheet.range),
    published: r.published ? { level: num(published.level) ?? 0, as_of: str(published.as_of), status: str(published.status) } : null,
    lat: num(r.lat) ?? undefined, lon: num(r.lon) ?? undefined, sheet: r.sheet ?? raw,
  }
}

/** A job: the record's own members, and its report when there is one. */
export function readJob(raw: unknown): Job {
  const j = bag(raw), report = bag(j.report), mapping = bag(report.mapping ?? j.mapping)
  const first = (name: string) => report[name] ?? j[name]
  const whole = (name: string) => num(j[name]) ?? num(report[name]) ?? 0
  const targets = Array.isArray(report.targets) ? report.targets.map(bag) : []
  return {
    id: str(j.id), status: str(j.status), kind: str(j.kind), target: str(j.target) || str(j.kind), file: str(j.file),
    rows: whole('rows'), done: whole('done'), accepted: whole('accepted'), rejected: whole('rejected'), duplicate: whole('duplicate'),
    updated: num(report.updated) ?? 0, newPeople: num(report.new_people) ?? 0, changedPeople: num(report.changed_people) ?? 0,
    dryRun: typeof first('dry_run') === 'boolean' ? first('dry_run') === true : str(j.kind).includes('dry'),
    detail: str(report.detail), mapping,
    confidence: bag(report.confidence ?? mapping.confidence) as Record<string, number>,
    columns: Array.isArray(first('columns')) ? (first('columns') as unknown[]).map(String) : [],
    targets: targets.map(t => ({ name: str(t.name), label: { vi: str(t.vi), en: str(t.en) } })),
    sample: Array.isArray(first('sample')) ? first('sample') as unknown[] : [],
    findings: Array.isArray(first('findings')) ? first('findings') as Finding[] : [],
    totals: bag(first('findings_total')) as Job['totals'],
  }
}
const specOf = (v: unknown): MappingSpec => {
  const s = bag(v)
  return { columns: bag(s.columns) as Record<string, string | null>, ...(str(s.dates) ? { dates: str(s.dates) } : {}), ...(str(s.encoding) ? { encoding: str(s.encoding) } : {}) }
}
export const readMappings = (rows: unknown[]): SavedMapping[] => rows.map(bag).map(r => ({ id: str(r.id), version: num(r.version) ?? undefined, name: str(r.name), target: str(r.target), spec: specOf(r.spec) }))
/** A saved reading as far as this file has its columns, and the columns that it lacks. */
export function fitMapping(spec: MappingSpec, columns: string[]): { spec: MappingSpec; absent: string[] } {
  return { spec: { ...spec, columns: Object.fromEntries(columns.map(c => [c, spec.columns[c] ?? null])) },
    absent: Object.keys(spec.columns).filter(c => spec.columns[c] && !columns.includes(c)) }
}
export const mappingOf = (j: Job): MappingSpec => specOf(j.mapping)
