// Scenarios as the server tells them, and the levers as one flat list of paths.
import { foldText } from '../state/list.ts'
import type { Text } from './types.ts'

export type Value = number | string | boolean
export interface Lever { path: string; type: 'share' | 'number' | 'count' | 'yes' | 'text'; min?: number; max?: number; label: Text; measure: Text; help: Text; choices?: { value: string; label: Text }[] }
export interface Group { group: string; label: Text; help: Text }
export interface LeverTable { groups: Group[]; levers: Lever[]; plain: Tree; most_person_days: number }
export interface Tree { [key: string]: Value | Tree }
export interface Base { name: string; title: string; levers: Tree }
export interface Spread { mean?: number | null; q025: number | null; median: number | null; q975: number | null }
export interface Curve { median: (number | null)[]; q025: (number | null)[]; q975: (number | null)[] }
export interface Summary {
  runs: number; days: number; people: number; totals: Record<string, Spread>; peaks: Record<string, { value: Spread; day: Spread }>; capacity: Record<string, number>
  start?: { as_of: string; infected: number; isolated: number; quarantined: number; recovered: number; died: number; vaccinated: number; doses: number; nowhere: number; hidden: number }
  rules?: { lever: string; policy: string | null; document?: string; title?: Text; sources?: string[]; from: string; to: string; state: 'decides' | 'refused' | 'none'; silent?: string[] }[]
  costs: { currency: string; rows: { of: string; amount: number; each: number; cost: number }[]; total: number }
}
export interface Scenario {
  id: string; title: string; unit: string; unit_name: string; status: 'queued' | 'running' | 'done' | 'failed' | 'stopped'; runs: number; days: number; seed: number
  version?: number; directive?: string | null; directive_name?: string; assignment?: string | null; assignment_name?: string; assignment_text?: string
  first: string; note?: string | null; fault?: string | null; by_name?: string; progress?: { run: number; day: number }; levers?: Tree | null; summary?: Summary | null
}
export interface Daily { first: string; days: number; figures: Record<string, Curve> }
export interface FitFree extends Spread { lever: string; prior: Spread }
export interface Fit {
  first: string; observed: (number | null)[]; mean: (number | null)[]; q025: (number | null)[]; q25: (number | null)[]; median: (number | null)[]; q75: (number | null)[]; q975: (number | null)[]
  figures: { members: number; steps: number; days: number; last: number; cover50: number; cover95: number; poor: boolean; vague: boolean; free: FitFree[]; transmission: (Spread & { day: number })[] }
}
/** What is left free when somebody ticks the box: a scenario file may say it in more detail. */
export const freeAs = (r0: number): Tree => ({ members: 100, steps: 12, walk: { every: 7, sd: 0.25 }, free: {
  r0: { prior: 'lognormal', median: r0 > 0 ? r0 : 3, sd: 0.4 }, 'start.infected': { prior: 'loguniform', from: 1, to: 1000 }, 'seek.share': { prior: 'beta', mean: 0.5, sd: 0.15 } } })
export interface Place { unit: string; name: string; code: string; lat: number | null; lon: number | null; people: number | null; median: number | null; q025: number | null; q975: number | null }
/** Means over the runs, week by week, of each place. */
export interface Weeks { figure: string; first: string; weeks: number; rows: { unit: string; values: (number | null)[] }[] }
export interface Compared { scenarios: { id: string; paired: boolean }[]; rows: { figure: string; of: { total: Spread; difference?: Spread }[] }[] }

export const MOST = 6
/** {"trace":{"delay":1}} as "trace.delay" → 1. */
export function flat(tree: Tree, prefix = ''): Record<string, Value> {
  return Object.entries(tree).reduce<Record<string, Value>>((all, [k, v]) =>
    typeof v === 'object' && v !== null ? { ...all, ...flat(v, `${prefix}${k}.`) } : { ...all, [prefix + k]: v }, {})
}
/** And back. */
export function tree(values: Record<string, Value>): Tree {
  const all: Tree = {}
  for (const [path, v] of Object.entries(values)) {
    const parts = path.split('.'), last = parts.pop()!
    let at = all
    for (const p of parts) at = (at[p] ??= {}) as Tree
    at[last] = v
  }
  return all
}
/** What somebody typed for a lever: a number with point or comma; null when it cannot be read. */
export function readValue(l: Lever, text: string): number | string | null {
  if (l.type === 'text') return text.trim()
  const n = Number(text.trim().replace(',', '.'))
  return text.trim() === '' || !Number.isFinite(n) ? null : n
}
/** Levers that are not as in the scenario in which nothing is done; what only matters together with others stays out when its group is untouched. */
export function changed(table: LeverTable, levers: Tree): { lever: Lever; value: Value }[] {
  const plain = flat(table.plain), now = flat(levers)
  return table.levers.filter(l => !['title', 'base.pack'].includes(l.path) && !l.path.startsWith('cost.') && now[l.path] !== undefined && now[l.path] !== plain[l.path])
    .map(lever => ({ lever, value: now[lever.path]! }))
}
export const groupOf = (path: string): string => path.includes('.') ? path.slice(0, path.indexOf('.')) : ''
export const isWhen = (path: string): boolean => path.includes('.when.')
/** Share of the work done, 0..1. */
export const doneShare = (s: Scenario): number => !s.progress ? 0 : Math.min(1, (Math.max(0, s.progress.run - 1) + s.progress.day / Math.max(1, s.days)) / Math.max(1, s.runs))
/** Steps of a rate for the map: four of them, and 0 for none. */
export function steps(of: (number | null)[]): number[] {
  const rates = of.filter((r): r is number => r !== null && r > 0).sort((a, b) => a - b)
  return [0.25, 0.5, 0.75].map(p => rates[Math.min(rates.length - 1, Math.floor(p * rates.length))] ?? 0)
}
export const rate = (p: Place): number | null => per(p.median, p.people)
/** Per 100,000 people. */
export const per = (v: number | null | undefined, people: number | null): number | null => v == null || !people ? null : 1e5 * v / people
/** The list as somebody wants to see it: by words without accents, by status, in an order ("title", "-runs" ...). */
export function listed(rows: Scenario[], words: string, status: string, order: string): Scenario[] {
  const wanted = foldText(words.trim()).split(/\s+/).filter(Boolean)
  const text = (s: Scenario) => foldText([s.title, s.note, s.unit_name, s.by_name, s.directive_name].filter(Boolean).join(' '))
  const key = order.replace(/^-/, '') as keyof Scenario, turn = order.startsWith('-') ? -1 : 1
  const kept = rows.filter(s => (!status || s.status === status) && wanted.every(w => text(s).includes(w)))
  if (!order) return kept
  return [...kept].sort((a, b) => {
    const x = a[key], y = b[key]
    return turn * (typeof x === 'number' && typeof y === 'number' ? x - y : String(x ?? '').localeCompare(String(y ?? ''), 'vi'))
  })
}
export const tone = (r: number | null, at: number[]): number => !r ? 0 : 1 + at.filter(s => r >= s).length
