// The places of the app: menu order, keys after "g", and who may go there.
import type { WordKey } from '../words/words.ts'

export interface Place { page: string; key: string; word: WordKey; needs?: string; also?: string[]; bar?: boolean }
export const places: Place[] = [
  { page: 'today', key: 't', word: 'nav.today', bar: true },
  { page: 'epidemic', key: 'e', word: 'nav.epidemic' },
  { page: 'cases', key: 'c', word: 'nav.cases', also: ['case'], bar: true },
  { page: 'people', key: 'n', word: 'nav.people', also: ['person'] },
  { page: 'levels', key: 'l', word: 'nav.levels', bar: true },
  { page: 'signals', key: 'w', word: 'nav.signals', also: ['signal'] },
  { page: 'clusters', key: 'o', word: 'nav.clusters' },
  { page: 'scenarios', key: 'k', word: 'nav.scenarios' },
  { page: 'directives', key: 'd', word: 'nav.directives', also: ['directive'], bar: true },
  { page: 'import', key: 'i', word: 'nav.import', also: ['job'], needs: 'import' },
  { page: 'policies', key: 'p', word: 'nav.policies', also: ['policy'] },
  { page: 'users', key: 'u', word: 'nav.users', needs: 'user.manage' },
  { page: 'audit', key: 'a', word: 'nav.audit', needs: 'audit.read' },
  { page: 'settings', key: 's', word: 'nav.settings' },
]

/** What a key press asks for: a page after "g", the search box for "/", the list of keys for "?". */
export function keyAsk(key: string, afterG: boolean): { goto?: string; search?: true; help?: true; g?: true } {
  if (afterG) {
    const place = places.find(p => p.key === key)
    return place ? { goto: place.page } : {}
  }
  return key === 'g' ? { g: true } : key === '/' ? { search: true } : key === '?' ? { help: true } : {}
}
