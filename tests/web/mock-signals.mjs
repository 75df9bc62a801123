// SPDX-License-Identifier: AGPL-3.0-or-later
// Outbreak signals of the mock: ten districts, 26 weeks, one alarm kept and one not yet.
const id = n => `z${String(n).padStart(12, '0')}`

export function signals(units, day) {
  const weeks = Array.from({ length: 26 }, (_, i) => day((i - 25) * 7, '2021-11-15'))
  const evidence = { paper: 'Hutwagner et al. 2003', params: { baseline: 7, alpha: 0.001 }, as_of: '2021-11-17', days: 3, silent: 0, first_week: weeks[10], counts: Array.from({ length: 16 }, (_, i) => i === 15 ? 21 : i % 3), first_judged: weeks[22], expected: [1, 1, 1, 1], upper: [4.1, 4.1, 4.1, 4.1] }
  const kept = [{ id: id(1), version: 3, unit: units[0].unit, week: weeks[25], disease: 'covid-19', series: 'report', method: 'ears-c2', observed: 21, expected: 1, threshold: 4.1, score: 20, p: 0.00001, status: 'open', evidence, key: 'k1' }]
  const logs = new Map([[id(1), [{ seq: 7, action: 'signal.run', author_name: 'Cordon', server_time: '2021-11-17T02:00:00Z', reason: '', changes: [{ field: 'status', label: 'Trạng thái', from: null, to: 'open' }] }]]])
  const row = (u, k) => {
    const counts = weeks.map((_, i) => k === 9 && i === 20 ? null : k === 0 && i === 25 ? 21 : k === 1 && i === 18 ? 9 : k > 5 ? 0 : (i * (k + 3)) % 4)
    const states = counts.map((n, i) => n === null ? 'missing' : i < 4 ? 'no-baseline' : n > 4.1 ? 'alarm' : 'judged'), judged = v => states.map(s => s === 'judged' || s === 'alarm' ? v : null)
    return { ...u, population: 60000, counts, expected: judged(1), upper: judged(4.1), score: judged(0.5), p: judged(0.3), states, alarms: states.filter(s => s === 'alarm').length, silent: counts.map(n => n === null ? 1 : 0) }
  }
  const grid = q => ({ source: { unit: 'vn/11/', name: 'Tỉnh mẫu', as_of: '2021-11-17', from: weeks[0], to: '2021-11-17', by: 'report', cases: 'all', disease: 'covid-19', cut_off: { time: '24:00', utc_offset: 420 } },
    method: q.get('method') ?? 'ears-c2', series: 'report', paper: 'Hutwagner et al. 2003', params: {}, weeks, days: 3, known_from: weeks[0],
    rows: (q.get('below') === 'none' ? units.filter(u => u.unit === q.get('unit')) : units).map(row), signals: kept.map(({ evidence: _, ...r }) => r), notes: [{ row: 0, field: '', code: 'signal.silent', severity: 'warning', message: '1 trong 260 tuần không có báo cáo và không được xét' }] })
  const next = { acknowledge: 'acknowledged', verify: 'verified', dismiss: 'dismissed', reopen: 'open' }
  function answer({ m, b, c, q, json }) {
    if (b === 'grid') return { body: grid(q) }
    if (b === 'run' && m === 'POST') {
      const had = kept.length
      if (had === 1) kept.push({ ...kept[0], id: id(2), unit: units[1].unit, week: weeks[18], observed: 9, status: 'open', key: 'k2' })
      return { body: { units: 10, weeks: 26, alarms: 2, stored: kept.length - had, changed: 0, known: had, rows: [], notes: [] } }
    }
    const r = kept.find(x => x.id === b)
    if (!r || c !== 'act') return null
    const f = json()
    if (f.act === 'dismiss' && !f.note) return { status: 422, problem: 'input.has-errors' }
    ;(logs.get(b) ?? logs.set(b, []).get(b)).unshift({ seq: 100 + r.version, action: `signal.${f.act}`, author_name: 'Cán bộ trực', server_time: '2021-11-17T09:00:00Z', reason: f.note ?? '', changes: [{ field: 'status', label: 'Trạng thái', from: r.status, to: next[f.act] }] })
    Object.assign(r, { status: next[f.act], note: f.note ?? null, decided_at: '2021-11-17T09:00:00Z', decided_by: 'u000000000001', version: r.version + 1 })
    return { body: r }
  }
  /** Two clusters: one likely, of three districts, one not. */
  const scan = q => {
    const timed = q.get('analysis') !== 'spatial', rows = [[0, 1, 5], [3]].map((of, i) => ({ cluster: i + 1, centre: units[of[0]].unit, lat: 21.5, lon: 103 + i / 4, radius: i ? 0 : 14.2, n_units: of.length, units: of.map(n => units[n].unit).join(';'), ...(timed ? { from: '2021-11-10', to: '2021-11-17' } : {}),
      observed: i ? 3 : 24, expected: i ? 1.2 : 4.1, ratio: i ? 2.5 : 5.85, relative_risk: i ? 2.6 : 7.1, llr: i ? 1.1 : 24.2, p_value: i ? 0.62 : 0.001, p_gumbel: i ? 0.6 : 1e-9, population: 60000 * of.length }))
    return { figure: 'scan', method: q.get('method'), title: 'Kulldorff', paper: 'Kulldorff 1997', source: grid(q).source, units: Object.fromEntries(units.map(u => [u.unit, u.name])), params: {}, values: [{ cases: 31 }], rows,
      members: rows.flatMap(c => c.units.split(';').map(unit => ({ cluster: c.cluster, unit, lat: 21.5, lon: 103, observed: 4, expected: 1, ratio: 4 }))), notes: [{ row: 0, field: '', code: 'estimate.scan.latest', severity: 'note', message: 'tìm các cụm còn tiếp diễn' }] }
  }
  return { kept, answer, scan, history: rid => ({ body: { rows: logs.get(rid) ?? [] } }) }
}
