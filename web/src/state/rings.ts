// Where each person of a chain is drawn: rings around the index case, branches kept together.
import type { Trace } from '../api/types.ts'

export interface Node { person: string; ring: number; parent: string; x: number; y: number }

type Person = Trace['rings'][number]
/** The person of the ring inside through whom the chain goes; "" = the index case. */
export function parentOf(p: Person, inner: Map<string, Person>): string {
  for (const step of [...p.chain].reverse())
    for (const key of [step.from, step.person]) {
      const other = key ? inner.get(key) : undefined
      if (other && other.person !== p.person && other.ring === p.ring - 1) return other.person
    }
  return ''
}
/** People by id and by code: chains name them by either. */
export const byKey = (rings: Person[]): Map<string, Person> =>
  new Map(rings.flatMap(p => [[p.person, p], ...(p.code ? [[p.code, p]] : [])] as [string, Person][]))
export const indexCode = (trace: Trace): string => typeof trace.index === 'string' ? trace.index
  : Array.isArray(trace.index) ? trace.index.join(', ') : trace.index.code ?? ''
export const windowOf = (trace: Trace): { from?: string | null; to?: string | null } | undefined =>
  trace.windows?.[0] ?? (typeof trace.index === 'object' && !Array.isArray(trace.index) ? trace.index.window : undefined)

export function layout(trace: Trace, size: number): Node[] {
  const people = byKey(trace.rings)
  const below = new Map<string, Person[]>()
  for (const p of trace.rings) {
    const parent = parentOf(p, people)
    below.set(parent, [...(below.get(parent) ?? []), p])
  }
  // Leaves take equal shares of the circle; a branch stands in the middle of its leaves.
  const order: Node[] = []
  const rings = Math.max(1, ...trace.rings.map(p => p.ring))
  const step = (size / 2 - 26) / rings
  const leaves = (id: string): number => {
    const kids = below.get(id) ?? []
    return kids.length ? kids.reduce((n, k) => n + leaves(k.person), 0) : 1
  }
  const total = Math.max(1, (below.get('') ?? []).reduce((n, k) => n + leaves(k.person), 0))
  const place = (id: string, from: number, share: number) => {
    let at = from
    for (const p of below.get(id) ?? []) {
      const mine = share * leaves(p.person) / Math.max(1, leaves(id))
      const angle = 2 * Math.PI * (at + mine / 2) - Math.PI / 2
      const r = step * p.ring
      order.push({ person: p.person, ring: p.ring, parent: id, x: size / 2 + r * Math.cos(angle), y: size / 2 + r * Math.sin(angle) })
      place(p.person, at, mine)
      at += mine
    }
  }
  place('', 0, total ? 1 : 0)
  return order
}
