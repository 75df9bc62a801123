// SPDX-License-Identifier: AGPL-3.0-or-later
// The forecast over HTTP: rows, score, the open day, what is refused, seen only where one may.
import { today } from './world.mjs'

const day = back => new Date(Date.parse(today) - back * 864e5).toISOString().slice(0, 10)

export const estimates = world => [
  async function a_forecast_comes_with_its_score_and_refuses_bad_options({ is, ok }) {
    for (let back = 84; back >= 0; back--) {
      const cases = Math.round(20 + 10 * Math.sin(back / 9) + back % 7)
      const made = await world.officerB.ask('POST', '/api/records/count', { body: { unit: world.unitB, date: day(back), cases, disease: 'measles' } })
      is(made.status, 201, made.text)
    }
    const get = (who, more = '') => who.ask('GET', `/api/estimates/forecast?unit=${encodeURIComponent(world.unitB)}&disease=measles&from=${day(84)}${more}`)
    const a = await get(world.officerB, '&incomplete=1')
    is(a.status, 200, a.text)
    is(a.json.method, 'renewal')
    is(a.json.source.open, true, 'today is not over')
    is(a.json.rows.map(r => r.date).join(), Array.from({ length: 14 }, (_, h) => day(-h)).join(), 'the day left out and the 13 after it')
    for (const r of a.json.rows) ok(0 <= r.q025 && r.q025 <= r.q25 && r.q25 <= r.median && r.median <= r.q75 && r.q75 <= r.q975, JSON.stringify(r))
    const value = a.json.values[0]
    is(value.last_date, day(1))
    is(a.json.params['si-mean'], a.json.known.serial_interval.mean, 'the serial interval of the disease')
    is(value.scored, a.json.scores.filter(s => s.model === 'renewal').reduce((n, s) => n + s.n, 0))
    is(Math.max(...a.json.scores.map(s => s.n)), 8, 'eight weeks')
    is([...new Set(a.json.scores.map(s => s.model))].join(), 'renewal,persistence,cori-poisson')
    ok(value.wis_ratio > 0 && value.cover95 >= 0 && value.cover95 <= 1, JSON.stringify(value))
    is((await get(world.officerB, '&incomplete=1')).text, a.text, 'the same seed, the same answer')
    const whole = await get(world.officerB, `&as_of=${day(1)}&si-mean=9&si-sd=3`)
    is(`${whole.json.source.open} ${whole.json.params['si-mean']} ${whole.json.rows[0].date}`, `false 9 ${day(0)}`, whole.text.slice(0, 300))
    for (const bad of ['&horizon=0', '&horizon=many', '&draws=1e99', '&incomplete=-1', '&si-mean=0&si-sd=1', '&colour=red', '&incomplete=900', '&by=moon']) {
      const refused = await get(world.officerB, bad)
      is(refused.status, 422, `${bad}: ${refused.text}`)
      ok(refused.json.code.startsWith('estimate.') && refused.json.detail, refused.text)
    }
    is((await get(world.officerA)).status, 404, 'another commune')
  },
]
