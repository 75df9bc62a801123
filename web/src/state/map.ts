// Which boundary layer fits the units shown, by how deep their paths are.
import { get } from '../api/client.ts'
import type { FeatureCollection } from 'geojson'

const layers = new Map<string, Promise<FeatureCollection | null>>()
/** Boundaries change rarely and are large: each layer is fetched once per visit. */
export function layer(name: string): Promise<FeatureCollection | null> {
  let l = layers.get(name)
  if (!l) {
    l = get<FeatureCollection>(`/map/${name}`)
    l.catch(() => layers.delete(name))
    layers.set(name, l)
  }
  return l
}
export const depthOf = (path: string): number => path.split('/').filter(Boolean).length

/** Layer names the server has, most fitting first: provinces below a country, districts below a province, communes below. */
export function fitting(names: string[], childPath: string): string[] {
  const depth = depthOf(childPath)
  const wanted = depth <= 2 ? 'provinc' : depth === 3 ? 'district' : 'commune'
  return [...names.filter(n => n.startsWith(wanted)), ...names.filter(n => !n.startsWith(wanted))]
}
/** How many of the codes a layer draws. */
export function covers(l: FeatureCollection | null, codes: Set<string>): number {
  return (l?.features ?? []).filter(f => codes.has(String(f.properties?.code ?? ''))).length
}
/** The first fitting layer that draws at least half of the units; else the one that may serve as an outline. */
export async function bestLayer(rows: { unit: string; code?: string }[]): Promise<FeatureCollection | null> {
  const first = rows[0]
  if (!first) return null
  const { layers: names } = await get<{ layers: string[] }>('/map')
  const codes = new Set(rows.map(r => r.code || r.unit.split('/').filter(Boolean).at(-1) || ''))
  for (const name of fitting(names, first.unit).slice(0, 4)) {
    const l = await layer(name)
    if (covers(l, codes) * 2 >= codes.size) return l
  }
  return null
}
