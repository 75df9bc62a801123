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
  const rank = (n: string) => [wanted, 'commune', 'district', 'provinc'].findIndex(w => n.startsWith(w)) + 1 || 9
  return [...names].sort((a, b) => rank(a) - rank(b))
}
/** How many of the units a layer draws, by path or by code. */
export function covers(l: FeatureCollection | null, units: { unit: string; code?: string }[]): number {
  const known = new Set((l?.features ?? []).flatMap(f => [f.properties?.path, f.properties?.code].filter(v => typeof v === 'string')))
  return units.filter(u => known.has(u.unit) || (u.code && known.has(u.code))).length
}
/** The first fitting layer that draws at least half of the units. */
export async function bestLayer(units: { unit: string; code?: string }[]): Promise<FeatureCollection | null> {
  const first = units[0]
  if (!first) return null
  const { layers: names } = await get<{ layers: string[] }>('/map')
  for (const name of fitting(names, first.unit).slice(0, 4)) {
    const l = await layer(name)
    if (covers(l, units) * 2 >= units.length) return l
  }
  return null
}
