// SPDX-License-Identifier: AGPL-3.0-or-later
// Every page in both languages, both themes and both widths: no accessibility fault, nothing sticks out, no stray request.
import { empty, equal, NARROW, openPage, settle, shot, sideways, test, violations, WIDE } from './browser.mjs'

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

export function everyPage(context, base, signIn, ids, label, wanted = () => true, day = '') {
  // The mock is seen in all four ways, the program in two: its pages are large and the drawing is the same.
  const ways = day ? [[WIDE, 'vi', 'light'], [NARROW, 'en', 'dark']] : [[WIDE, 'vi', 'light'], [NARROW, 'vi', 'dark'], [WIDE, 'en', 'dark'], [NARROW, 'en', 'light']]
  for (const [view, lang, theme] of ways)
    for (const [name, hash, needs] of pagesOf(ids).filter(p => wanted(p[0])))
      test(`${label}: ${name} at ${view.width} in ${lang}, ${theme}`, async () => {
        const page = await openPage(context, base, { view, lang, theme })
        try {
          await signIn(page)
          if (day) await page.goto(`${base}/#/settings?on=${day}`).then(() => page.waitForSelector('.shell-bar'))
          await page.goto(`${base}/${hash}`)
          await page.waitForSelector(needs, { timeout: 10000 })
          await settle(page)
          await shot(page, `${label}-${name}-${view.width}-${lang}-${theme}`)
          equal(await page.getAttribute('html', 'lang'), lang, 'language')
          empty(await violations(page), 'accessibility')
          equal(await sideways(page) <= 0, true, `sideways by ${await sideways(page)} px`)
          empty(page.wrong, 'console')
        } finally { await page.close() }
      })
}
