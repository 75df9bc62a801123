// SPDX-License-Identifier: AGPL-3.0-or-later
// Every page in both languages, both themes and both widths: no accessibility fault, nothing sticks out, no stray request.
import { empty, equal, NARROW, openPage, settle, shot, sideways, speak, test, violations, WIDE } from './browser.mjs'

export const pagesOf = ids => [
  ['today', '#/today', 'h1'], ['epidemic', '#/epidemic', '.plot'], ['epidemic-onset', '#/epidemic?by=onset&delay=sampled-resulted', '.plot'], ['cases', '#/cases', 'tbody tr'], ['new-case', '#/cases?new=1', 'form'], ['case', `#/case/${ids.case}`, '.facts'],
  ['case-rings', `#/case/${ids.case}?tab=rings`, 'svg.chart'], ['case-history', `#/case/${ids.case}?tab=history`, '.log'], ['people', '#/people', 'tbody tr'],
  ['person', `#/person/${ids.person}`, '.facts'], ['person-links', `#/person/${ids.person}?tab=links`, 'h1'], ['levels', '#/levels', 'tbody tr'],
  ['evidence', '#/levels?evidence=' + encodeURIComponent(ids.unit), 'dialog .facts'], ['directives', '#/directives', 'tbody tr'], ['new-directive', '#/directives?new=1', 'textarea'],
  ['directive', `#/directive/${ids.directive}`, 'h1'], ['directive-parsed', `#/directive/${ids.directive}?tab=parsed`, 'table'], ['directive-text', `#/directive/${ids.directive}?tab=text`, 'pre'],
  ['import', '#/import', 'form'], ...(ids.job ? [['job', `#/job/${ids.job}`, '.sums']] : []), ['records', '#/records/contact', 'h1'], ['policies', '#/policies', 'tbody tr'], ['policy', `#/policy/${ids.policy}`, 'table'],
  ['signals', '#/signals', 'svg.chart'], ['signals-kept', '#/signals?tab=kept', 'tbody tr'], ...(ids.signal ? [['signal', `#/signal/${ids.signal}`, '.facts']] : []), ['clusters', '#/clusters', '.cards tbody tr'],
  ['scenarios', '#/scenarios', '.side svg.chart, .empty'], ['new-scenario', '#/scenarios?tab=new', 'form'],
  ['conflicts', '#/records/conflict?status=open', 'h1'], ['users', '#/users', 'tbody tr'], ['audit', '#/audit', 'tbody tr'], ['settings', '#/settings', 'form'], ['absent', '#/nowhere', 'h1'],
]

/** A page is opened once per width and looked at in both languages; `day` names the day the program's demo tells of. */
export function everyPage(context, base, signIn, ids, label, wanted = () => true, day = '') {
  // The mock is seen in all four ways, the program in two: its pages are large and the drawing is the same.
  const ways = day ? [[WIDE, ['vi', 'light']], [NARROW, ['en', 'dark']]] : [[WIDE, ['vi', 'light'], ['en', 'dark']], [NARROW, ['vi', 'dark'], ['en', 'light']]]
  const on = hash => day ? `${hash}${hash.includes('?') ? '&' : '?'}on=${day}` : hash
  for (const [view, ...looks] of ways) {
    const [[lang, theme]] = looks
    let page = null // one tab for all of them: what it compiled once it need not compile again; each is loaded anew
    for (const [name, hash, needs] of pagesOf(ids).filter(p => wanted(p[0])))
      test(`${label}: ${name} at ${view.width} in ${looks.map(l => l.join(', ')).join(' and ')}`, async () => {
        await signIn()
        page ??= await openPage(context, base, { view, lang, theme, anew: true })
        page.wrong.length = 0
        try {
          await page.goto(base + '/icon.svg') // so that the next address is a load and not a step inside the app
          await page.goto(`${base}/${on(hash)}`)
          for (const look of looks) {
            if (look !== looks[0]) await speak(page, ...look)
            const how = ` in ${look.join(', ')}`
            await page.waitForSelector(needs, { timeout: 20000 })
            await settle(page)
            await shot(page, `${label}-${name}-${view.width}-${look.join('-')}`)
            equal(await page.getAttribute('html', 'lang'), look[0], 'language')
            equal(await page.getAttribute('html', 'data-theme'), look[1], 'theme')
            empty(await violations(page), 'accessibility' + how)
            equal(await sideways(page) <= 0, true, `sideways by ${await sideways(page)} px${how}`)
            empty(page.wrong, 'console' + how)
          }
        } catch (e) {
          await page.close()
          page = null
          throw e
        }
      })
  }
}
