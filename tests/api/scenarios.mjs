// SPDX-License-Identifier: AGPL-3.0-or-later
// Scenarios over HTTP: refused with all faults, run in the background, read, compared, seen only where one may.
const rest = ms => new Promise(done => setTimeout(done, ms))

export const scenarios = world => [
  async function a_scenario_is_checked_run_read_and_compared({ is, ok }) {
    const levers = { title: 'Thử nghiệm', days: 15, base: { unit: 'vn/11/094/', disease: 'covid-19', date: '2021-11-17', scale: 0.02 }, start: { infected: 25 } }
    const send = (who, body) => who.ask('POST', '/api/scenarios', { body })
    is((await send(world.observerA, { levers })).status, 403)
    const bad = await send(world.province, { levers: { ...levers, days: 0, colour: 1 }, runs: 0 })
    is(bad.status, 422, bad.text)
    const codes = bad.json.findings.map(f => f.code)
    for (const code of ['scenario.range', 'scenario.unknown', 'scenario.runs']) ok(codes.includes(code), `${code} in ${codes}`)
    ok((await send(world.officerA, { levers, runs: 1 })).json.findings.some(f => f.code === 'scenario.no-unit'), 'another unit than one\'s own')
    const large = await send(world.province, { levers: { ...levers, days: 3650, base: { ...levers.base, unit: 'vn/11/', scale: 1 } }, runs: 1000 })
    is(large.json.code, 'scenario.too-large', large.text)
    const table = await world.observerA.ask('GET', '/api/scenario-levers')
    for (const path of ['level.by', 'trace.by', 'lab.by', 'start.from']) {
      const { choices } = table.json.levers.find(l => l.path === path)
      ok(choices.length === 2 && choices[0].value === '' && choices.every(c => c.label.vi && c.label.en), path)
      const [group, name] = path.split('.')
      const wrong = await send(world.province, { levers: { ...levers, [group]: { [name]: 'bogus' } }, runs: 1 })
      ok(wrong.status === 422 && wrong.json.findings.some(f => f.code === 'scenario.word' && f.field === path), wrong.text)
    }
    ok(table.json.levers.length > 100 && table.json.levers.every(l => l.label.vi && l.label.en), table.text.slice(0, 200))
    const bases = await world.observerA.ask('GET', '/api/scenario-bases')
    ok(bases.json.rows.length >= 3 && bases.json.rows.every(b => b.levers.base.unit), bases.text.slice(0, 200))
    const made = []
    for (const more of [{}, { isolate: { days: 14 }, seek: { share: 0.9 } }]) {
      const a = await send(world.province, { levers: { ...levers, ...more }, runs: 2, seed: 5, note: 'thử' })
      is(a.status, 201, a.text)
      made.push(a.json.id)
    }
    for (const id of made) {
      let a
      for (let i = 0; i < 300; i++) {
        a = await world.province.ask('GET', `/api/scenarios/${id}`)
        if (!['queued', 'running'].includes(a.json.status)) break
        await rest(100)
      }
      is(a.json.status, 'done', a.text)
      ok(a.json.summary.totals.infected.median >= 25 && a.json.unit_name && a.json.levers.base.pack, a.text.slice(0, 300))
    }
    const daily = await world.province.ask('GET', `/api/scenarios/${made[0]}/daily?figures=infected,icu_now`)
    is(Object.keys(daily.json.figures).join(), 'infected,icu_now')
    is(daily.json.figures.infected.median.length, 15)
    const places = await world.province.ask('GET', `/api/scenarios/${made[0]}/places`)
    ok(places.json.rows.length > 3 && places.json.rows.some(r => r.median > 0), places.text.slice(0, 300))
    const compared = await world.province.ask('GET', `/api/scenarios/compare?ids=${made}`)
    is(compared.json.scenarios[1].paired, true)
    ok(compared.json.rows.find(r => r.figure === 'infected').of[1].difference.q975 !== undefined, compared.text.slice(0, 300))
    const file = await world.province.ask('GET', `/api/scenarios/${made[0]}/files/daily.csv`)
    ok(file.text.startsWith('day,date,figure'), file.text.slice(0, 60))
    is((await world.province.ask('GET', `/api/scenarios/${made[0]}/files/run-0001.csv`)).status, 404)
    is((await world.province.ask('POST', `/api/scenarios/${made[0]}/stop`, { body: {} })).status, 409, 'it is over')
    const weeks = await world.province.ask('GET', `/api/scenarios/${made[0]}/weeks?figure=found`)
    is(weeks.json.weeks, 3, weeks.text.slice(0, 200))
    is(weeks.json.rows.length, places.json.rows.length)
    const book = await world.province.ask('GET', `/api/scenarios/export?ids=${made}&format=xlsx`)
    is(book.status, 200)
    ok(book.text.startsWith('PK'), 'a workbook')
    ok((await world.province.ask('GET', `/api/scenarios/export?ids=${made}&format=csv`)).text.includes('assumption,Thử nghiệm'), 'what is assumed')
    const changed = await world.province.ask('PATCH', `/api/scenarios/${made[1]}`, { body: { note: 'đổi' } })
    is(changed.json.note, 'đổi', changed.text)
    is((await world.officerA.ask('PATCH', `/api/scenarios/${made[1]}`, { body: { note: 'x' } })).status, 404)
    is((await world.province.ask('POST', `/api/scenarios/${made[0]}/continue`, { body: {} })).json.code, 'scenario.not-stopped')
    const plans = await world.province.ask('POST', '/api/scenarios/plans', { body: { unit: 'vn/11/094/', runs: 1 } })
    is(plans.status, 201, plans.text)
    is(plans.json.rows.length, 3)
    for (const r of plans.json.rows) is((await world.province.ask('DELETE', `/api/scenarios/${r.id}`)).status, 204)
    is((await world.province.ask('GET', `/api/scenarios/${plans.json.rows[0].id}`)).status, 404, 'it was removed')
    for (const path of ['', '/daily', '/places', '/files/daily.csv']) is((await world.officerA.ask('GET', `/api/scenarios/${made[0]}${path}`)).status, 404, path)
    is((await world.officerA.ask('GET', '/api/scenarios')).json.rows.length, 0, 'nothing of the province')
    is((await world.officerA.ask('GET', `/api/scenarios/compare?ids=${made}`)).status, 404)
    world.scenario = made[0]
  },
]
