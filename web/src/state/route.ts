// The address after # : page, id and a query. Pure text in, value out.
export interface Route { page: string; id: string; query: Record<string, string> }

export const PAGES = ['today', 'epidemic', 'cases', 'case', 'people', 'person', 'records', 'levels', 'directives', 'directive', 'import', 'job',
  'policies', 'policy', 'sign-in', 'settings', 'users', 'audit', 'signals', 'signal', 'clusters'] as const

export function parseRoute(hash: string): Route {
  const [path = '', q = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const [page = '', ...rest] = path.split('/')
  const query = Object.fromEntries(new URLSearchParams(q))
  let id = rest.join('/')
  try { id = decodeURIComponent(id) } catch { /* an address typed by hand may hold a lone % */ }
  return { page: page || 'today', id, query }
}

export function hrefOf(page: string, id = '', query: Record<string, string | undefined> = {}): string {
  const q = new URLSearchParams()
  for (const [k, v] of Object.entries(query)) if (v !== undefined && v !== '') q.set(k, v)
  const s = q.toString()
  return `#/${page}${id ? '/' + encodeURIComponent(id) : ''}${s ? '?' + s : ''}`
}

/** A sort order as the API writes it: "field" or "-field"; asking again turns it round. */
export const turnOrder = (order: string, key: string): string => order === key ? '-' + key : key
