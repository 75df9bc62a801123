// Names of units by path, asked once each.
import { SvelteMap } from 'svelte/reactivity'
import { enc, get } from '../api/client.ts'
import type { Unit } from '../api/types.ts'

const names = new SvelteMap<string, string>()
const asked = new Set<string>()

export function unitName(path: unknown): string {
  if (typeof path !== 'string' || !path) return ''
  const known = names.get(path)
  if (known !== undefined) return known
  if (!asked.has(path)) {
    asked.add(path)
    get<Unit>(`/units/${enc(path)}`).then(u => names.set(path, u.full_name || u.name), () => names.set(path, path))
  }
  return path
}
export const learnUnit = (path: string, name: string) => { if (path && name && !asked.has(path)) { asked.add(path); names.set(path, name) } }
