// What the whole app knows: who is signed in, language, theme, unit, as-of day, address, messages.
import { call, get, operationId, post, Problem, speak, whenSignedOut } from '../api/client.ts'
import { listen } from '../api/events.ts'
import { type Catalogue, type Field, type Kind, fieldOf, kindOf } from '../api/records.ts'
import type { Lang, Text, User } from '../api/types.ts'
import { label, number } from './format.ts'
import { hrefOf, parseRoute, type Route } from './route.ts'
import { words, type WordKey } from '../words/words.ts'

export type Theme = 'auto' | 'light' | 'dark'
export interface Toast { id: number; text: string; bad: boolean }

const kept = (key: string): string => { try { return localStorage.getItem('cordon.' + key) ?? '' } catch { return '' } }
const keep = (key: string, v: string) => { try { localStorage.setItem('cordon.' + key, v) } catch { /* private window */ } }

class App {
  user = $state<User | null>(null)
  ready = $state(false)
  firstRun = $state(false)
  catalogue = $state.raw<Catalogue | null>(null)
  lang = $state<Lang>(kept('lang') === 'en' ? 'en' : 'vi')
  theme = $state<Theme>((['light', 'dark'] as Theme[]).find(t => t === kept('theme')) ?? 'auto')
  /** Path and name of the unit looked at, and the day; "" = the latest the server has. */
  unit = $state('')
  unitName = $state('')
  on = $state('')
  route = $state.raw<Route>(parseRoute(location.hash))
  toasts = $state<Toast[]>([])
  live = $state(false)
  /** Grows with every change told by the server; pages that depend on data read it. */
  tick = $state(0)
  /** The last state of jobs as told by the server. */
  jobs = $state<Record<string, Record<string, unknown>>>({})
  private stopListening: (() => void) | null = null
  private toastId = 0

  async start() {
    speak(this.lang)
    this.showTheme()
    whenSignedOut(() => this.signedOut())
    addEventListener('hashchange', () => { this.route = parseRoute(location.hash) })
    try {
      this.firstRun = (await get<{ needed: boolean }>('/first-run')).needed
    } catch { this.firstRun = false }
    try {
      if (!this.firstRun) await this.signedIn(await call<User>('GET', '/me', { quiet: true }))
    } catch (e) {
      if (!(e instanceof Problem && e.status === 401)) this.problem(e)
    }
    this.ready = true
  }

  async signedIn(user: User) {
    this.catalogue = await get<Catalogue>('/catalogue')
    this.user = user
    this.firstRun = false
    if (!kept('lang') && user.language) this.speak(user.language)
    this.unit = user.unit
    this.unitName = user.unit_name
    // A link may say which day it speaks of.
    if (/^\d{4}-\d\d-\d\d$/.test(this.route.query.on ?? '')) this.on = this.route.query.on!
    this.stopListening?.()
    let wait: ReturnType<typeof setTimeout> | undefined
    this.stopListening = listen(
      () => { clearTimeout(wait); wait = setTimeout(() => { this.tick++ }, 400) },
      job => { if (typeof job.id === 'string') this.jobs = { ...this.jobs, [job.id]: job } },
      on => { this.live = on })
    if (this.route.page === 'sign-in') this.go('today')
  }
  signedOut() {
    this.stopListening?.()
    this.stopListening = null
    this.user = null
  }
  async signOut() {
    try { await post('/logout') } catch (e) { this.problem(e) }
    this.signedOut()
    location.hash = '#/sign-in'
  }

  may(permission: string): boolean { return this.user?.permissions.includes(permission) ?? false }

  go(page: string, id = '', query: Record<string, string | undefined> = {}) {
    location.hash = hrefOf(page, id, query)
  }
  /** Changes the query of the present page without a new step in the browser's history. */
  requery(query: Record<string, string | undefined>) {
    const to = hrefOf(this.route.page, this.route.id, { ...this.route.query, ...query })
    history.replaceState(null, '', to)
    this.route = parseRoute(to)
  }

  speak(lang: Lang) {
    this.lang = lang
    keep('lang', lang)
    speak(lang)
    this.tick++ // texts made by the server come again in the new language
  }
  setTheme(theme: Theme) { this.theme = theme; keep('theme', theme); this.showTheme() }
  private showTheme() {
    const root = document.documentElement
    if (this.theme === 'auto') delete root.dataset.theme
    else root.dataset.theme = this.theme
  }
  look(unit: string, name: string) { this.unit = unit; this.unitName = name }

  say(text: string, bad = false) {
    const id = ++this.toastId
    this.toasts = [...this.toasts.slice(-3), { id, text, bad }]
    setTimeout(() => { this.toasts = this.toasts.filter(t => t.id !== id) }, bad ? 12000 : 6000)
  }
  problem(e: unknown) {
    if (e instanceof DOMException && e.name === 'AbortError') return
    this.say(sentence(e, this.lang), true)
  }
}
export const app = new App()

export function sentence(e: unknown, lang: Lang): string {
  if (e instanceof Problem) {
    if (e.status === 0) return words[lang]['error.offline']
    // What is wrong with a field is said at the field; the rest belongs here.
    const whole = e.findings.filter(f => f.severity === 'error' && !f.field && !f.path).map(f => f.message)
    return [e.detail || e.title || words[lang]['error.unknown'].replace('{1}', e.code), ...whole].join(' – ')
  }
  return words[lang]['error.unknown'].replace('{1}', e instanceof Error ? e.message : String(e))
}
/** The sentence of a key in the language chosen, with {1} {2} … filled in. */
export const t = (key: WordKey, ...with_: (string | number)[]): string =>
  words[app.lang][key].replace(/\{(\d)\}/g, (_, n: string) => String(with_[Number(n) - 1] ?? ''))
/** "1 day", "2.5 days"; a dash when it is not known. */
export const daysText = (v: unknown): string => typeof v !== 'number' || !Number.isFinite(v) ? '–' : v === 1 ? t('epi.days.one') : t('epi.days', number(v, app.lang, 1))
/** The same for keys made at run time: the words' own key when there is none. */
export const tOr = (key: string, otherwise: string): string =>
  (words[app.lang] as Record<string, string>)[key] ?? otherwise
export const say2 = (x: Text | string | undefined | null): string => label(x, app.lang)
export const kind = (name: string): Kind | undefined => kindOf(app.catalogue, name)
export const field = (k: string, f: string): Field | undefined => fieldOf(kind(k), f)
export { operationId }
