// SPDX-License-Identifier: AGPL-3.0-or-later
// Outbreak signals over HTTP: judged, kept once, decided on, seen only where one may.
import { today } from './world.mjs'

const monday = () => {
  const d = new Date(today + 'T00:00:00Z')
  d.setUTCDate(d.getUTCDate() - (d.getUTCDay() + 6) % 7)
  return d
}
const week = back => new Date(monday().getTime() - back * 7 * 864e5).toISOString().slice(0, 10)

export const signals = world => [
  async function a_signal_is_kept_once_and_decided_on_with_a_history({ is, ok }) {
    for (let back = 12; back >= 0; back--) {
      const made = await world.officerB.ask('POST', '/api/records/count', { body: { unit: world.unitB, date: week(back), cases: back ? 2 : 25 } })
      is(made.status, 201, made.text)
    }
    const asked = `unit=${encodeURIComponent(world.unitB)}&below=none&weeks=8`
    const grid = await world.officerB.ask('GET', `/api/signals/grid?${asked}`)
    is(grid.status, 200, grid.text)
    is(grid.json.rows[0].states.at(-1), 'alarm')
    is(grid.json.rows[0].counts.at(-1) >= 25, true)
    is(grid.json.signals.length, 0, 'looking keeps nothing')
    const body = { unit: world.unitB, below: 'none', weeks: 2 }
    is((await world.observerA.ask('POST', '/api/signals/run', { body: {} })).status, 403)
    is((await world.officerA.ask('POST', '/api/signals/run', { body })).status, 404, 'another commune')
    const first = await world.officerB.ask('POST', '/api/signals/run', { body })
    is(first.status, 200, first.text)
    is(first.json.stored, 1)
    const second = await world.officerB.ask('POST', '/api/signals/run', { body })
    is(`${second.json.stored} ${second.json.known}`, '0 1')
    const id = first.json.rows[0].id, act = (who, body) => who.ask('POST', `/api/signals/${id}/act`, { body })
    is((await act(world.officerA, { act: 'acknowledge' })).status, 404, 'outside looks like absent')
    is((await act(world.officerB, { act: 'dismiss' })).status, 422, 'a dismissal says why')
    is((await act(world.officerB, { act: 'acknowledge' })).json.status, 'acknowledged')
    is((await act(world.province, { act: 'acknowledge' })).status, 409, 'taken already')
    is((await act(world.province, { act: 'verify', note: 'seen on the spot' })).json.note, 'seen on the spot')
    const history = await world.officerB.ask('GET', `/api/records/signal/${id}/history`)
    is(history.json.rows.map(r => r.action).join(' '), 'signal.run signal.acknowledge signal.verify')
    const listed = await world.province.ask('GET', '/api/signals?status=verified&order=-observed&total=1')
    ok(listed.json.rows.some(r => r.id === id) && listed.json.total >= 1, listed.text)
    is((await world.officerA.ask('GET', '/api/signals')).json.rows.length, 0, 'nothing of another commune')
    is((await world.officerA.ask('GET', `/api/records/signal/${id}`)).status, 404)
    is((await world.officerB.ask('PATCH', `/api/records/signal/${id}`, { body: { status: 'open' } })).status, 422, 'not by hand')
    const file = await world.officerB.ask('GET', '/api/export/signal?format=csv')
    ok(file.text.includes('verified') && !file.text.includes('evidence'), file.text.slice(0, 300))
    const gone = await world.officerB.ask('GET', '/api/signals/grid?weeks=0')
    is(gone.json.code, 'signal.option', gone.text)
  },
]
