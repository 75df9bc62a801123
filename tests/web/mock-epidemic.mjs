// SPDX-License-Identifier: AGPL-3.0-or-later
// Figures of a made-up epidemic: twelve weeks that rise and fall, the last days still open.
const two = (vi, en) => ({ vi, en })
const day = n => new Date(Date.parse('2021-11-17') + n * 864e5).toISOString().slice(0, 10)
const DAYS = 84
const cases = i => Math.round(2 + 22 * Math.exp(-(((i - 60) / 14) ** 2)) + (i % 7 === 0 ? 4 : 0))
const numbers = { 'covid-19': { mean: 4.7, sd: 2.9 }, measles: { mean: 14.9, sd: 3.9 } }
const disease = (word, vi, en) => ({
  disease: word, name: two(vi, en), main: word === 'covid-19',
  serial_interval: numbers[word] ? { ...numbers[word], unit: 'days', source: 'Một bài báo, 2020', confidence: word === 'measles' ? 'unverified' : 'secondary', note: two('Số của chủng ban đầu.', 'Of the first lineage.') } : null,
})
const diseases = [disease('covid-19', 'COVID-19', 'COVID-19'), disease('measles', 'Sởi', 'Measles'), disease('dengue', 'Sốt xuất huyết', 'Dengue'), disease('la', 'Bệnh lạ', 'Strange disease')]

/** `P`: the province; `units`: [code, name] of its districts. */
export function epidemic(P, units) {
  const unitOf = i => `${P}${units[i][0]}/`
  function figure(name, q, lang) {
    const say = (vi, en) => lang === 'en' ? en : vi
    const onset = q.get('by') === 'onset', to = q.get('to') || q.get('as_of') || day(0), from = q.get('from') || day(1 - DAYS)
    const range = Array.from({ length: DAYS }, (_, i) => ({ i, date: day(i + 1 - DAYS), cases: cases(i) })).filter(r => r.date >= from && r.date <= to)
    const head = (title, params = {}) => ({ figure: name, method: q.get('method') ?? '', title, paper: 'Cori et al. 2013, Am J Epidemiol 178:1505', params, source: { unit: q.get('unit') || P, name: 'Tỉnh mẫu', as_of: to, from, to, open: to >= day(0), by: onset ? 'onset' : 'report', cases: q.get('cases') ?? 'all', disease: q.get('disease') || 'covid-19', cut_off: { time: '24:00', utc_offset: 420 } } })
    const note = (severity, message) => ({ row: 0, field: '', code: 'estimate.mock', severity, message })
    const warn = note('warning', say('số liệu trước và sau không so sánh được', 'counts before and after cannot be compared'))
    const missing = { status: 404, problem: 'estimate.no-cases', detail: say('không có ca bệnh nào ở đây trong những ngày này', 'there are no cases here in these days') }
    if (q.get('disease') === 'la' && name !== 'rt') return missing
    if (name === 'curve') {
      const share = q.get('cases') === 'community' ? 0.4 : 1
      const rows = range.map((r, k) => ({ t: k + 1, date: r.date, cases: Math.round(r.cases * share), mean7: k < 6 ? null : range.slice(k - 6, k + 1).reduce((n, x) => n + x.cases, 0) / 7, cumulative: 0 }))
      return { body: { ...head(say('Đường cong dịch', 'Epidemic curve')), values: [{ cases: rows.reduce((n, r) => n + r.cases, 0), peak: 26, peak_t: 60, last7: rows.slice(-7).reduce((n, r) => n + r.cases, 0), previous7: rows.slice(-14, -7).reduce((n, r) => n + r.cases, 0) }], rows, notes: [warn] } }
    }
    if (name === 'nowcast') return { body: { ...head(say('Ước tính hiện tại', 'Nowcast')), values: [{ cases: 700 }], rows: range.slice(-10).map((r, k) => ({ t: k, date: r.date, reported: r.cases, F: Math.max(0.1, 1 - (k > 5 ? (k - 5) * 0.2 : 0)), median: r.cases + (k > 5 ? (k - 5) * 3 : 0), q025: r.cases, q975: r.cases + (k > 5 ? (k - 5) * 14 : 0) })), notes: [note('warning', say('mới khoảng 13 % số ca được báo cáo', 'only 13 % of the cases are reported'))] } }
    if (name === 'rt') {
      if (q.get('disease') === 'la' && !q.get('si-mean')) return { status: 422, problem: 'estimate.options-faulty', detail: say('không dùng được các tùy chọn này', 'these options cannot be used') }
      return { body: { ...head('R', { 'si-mean': Number(q.get('si-mean') ?? 4.7) }), rows: range.slice(7).map((r, k) => { const m = 1 + 0.9 * Math.cos(r.i / 12); const sd = k < 6 ? m * 0.4 : m * 0.1; return { date_start: day(r.i - DAYS - 5), date_end: r.date, mean: m, sd, q025: Math.max(0, m - 2 * sd), median: m, q975: m + 2 * sd, above_1: m > 1 ? 0.98 : 0.1, cases: k < 6 ? 5 : 90 } }), notes: [warn, note('note', say('một điều nên biết', 'something to know'))] } }
    }
    if (name === 'forecast') {
      if (q.get('disease') === 'measles') return { status: 422, problem: 'estimate.forecast-no-points', detail: say('không còn số liệu để dự báo', 'nothing is left to forecast from') }
      const left = Number(q.get('incomplete') ?? 0), n = range.length - left, short = n < 21, worse = onset
      const rows = Array.from({ length: Number(q.get('horizon')) }, (_, h) => ({ t: n + h, date: day(h + 1 - left), horizon: h + 1, mean: 9, q025: 2, q05: 3, q25: 6, median: 8, q75: 11, q95: 17, q975: (q.get('disease') === 'passed' ? 2 : 20) + h }))
      const scores = ['renewal', 'persistence', 'cori-poisson'].flatMap(model => rows.map((r, h) => ({ model, horizon: h + 1, n: short ? 0 : h < 7 ? 8 : 7, mean_wis: 3, mean_abs_err: 4, cover50: 0.5, cover95: 0.9 })))
      const values = [{ last_date: day(-left), total_mean: 120, total_q025: 60, total_median: 115, total_q975: 260, scored: short ? 0 : 105, mean_wis: 3, cover50: 0.5, cover95: short ? null : 95 / 105, wis_ratio: short ? null : worse ? 1.2 : 0.8 }]
      return { body: { ...head(say('Dự báo số ca', 'Forecast of cases'), { 'si-mean': Number(q.get('si-mean') ?? 4.7) }), values, rows, scores, notes: short ? [note('warning', say('chuỗi quá ngắn để chấm điểm', 'the series is too short to score'))] : worse ? [note('warning', say('các dự báo trước đây kém hơn', 'past forecasts did worse'))] : [] } }
    }
    if (name === 'growth') return { body: { ...head(say('Tốc độ tăng', 'Growth')), rows: [{ segment: 'whole', t_start: 1, t_end: range.length, date_start: from, date_end: to, n: range.length, r: -0.05, r_lo: -0.09, r_hi: 0.01, doubling: null, doubling_lo: null, doubling_hi: null, halving: 13.9, halving_lo: 7.7, halving_hi: -69 }], fitted: range.map(r => ({ segment: 'whole', date: r.date, fit: 20 - r.i / 6, lo: 16 - r.i / 6, hi: 26 - r.i / 6 })), notes: [] } }
    if (name === 'delay') {
      if (q.get('start') === 'reported') return { body: { ...head(say('Độ trễ', 'Delays')), values: [{ n: 0, open: 3, median: null, q25: null, q75: null, p90: null }], rows: [], notes: [] } }
      return { body: { ...head(say('Độ trễ theo tuần', 'Delays by week')), values: [{ n: 240, open: 12, median: 3, q25: 2, q75: 5, p90: 7 }], rows: Array.from({ length: 8 }, (_, i) => ({ start: day(7 * i - 55), n: 30, open: i > 6 ? 9 : 0, median: 3 - i / 4, q25: 2 - i / 5, q75: 5 - i / 3, p90: 7 - i / 3, seen: i > 6 ? 0.4 : 1 })), notes: [] } }
    }
    if (name === 'cfr' && q.get('method') === 'static') return { body: { ...head('CFR'), rows: [{ kind: 'naive', estimate: 0.012, low: 0.005, high: 0.024, cases: 700, deaths: 8, outcomes: null }], notes: [warn] } }
    if (name === 'cfr') return { body: { ...head('CFR'), rows: range.map(r => ({ date: r.date, cases: r.cases, deaths: 0, naive: 0.01 + r.i / 9000, naive_low: 0.004, naive_high: 0.03 })), notes: [] } }
    if (name === 'speed') {
      const rows = (unit, n) => ['isolation', 'result', 'contacts'].map((part, k) => ({ ...(unit ? { unit } : {}), part, n, open: k, q25: k ? 0 : 1, median: n ? 2 - k * 0.5 : null, q75: 3, at_least: null }))
      const value = (unit, verdict, sum, spread) => ({ ...(unit ? { unit } : {}), isolation: 2, result: 1.5, contacts: 1, sum, whole: 'yes', r: 0.09, r_lo: 0.02, r_hi: 0.16, doubling: 7.7, doubling_fast: 4.3, times: 1.5, verdict, spread })
      if (q.get('below') !== 'children') return { body: { ...head(say('Tốc độ đáp ứng', 'Speed')), units: { [P]: 'Tỉnh mẫu' }, values: [value('', 'unsure', 4.5, P)], rows: rows('', 40), notes: [] } }
      const list = [['behind', 9], ['unsure', 4.5], ['ahead', 2], ['falling', 6], ['unknown', 0]]
      return { body: { ...head(say('Tốc độ đáp ứng', 'Speed')), units: { [P]: 'Tỉnh mẫu', ...Object.fromEntries(list.map((_, i) => [unitOf(i), units[i][1]])) }, values: list.map(([v, s], i) => value(unitOf(i), v, s, i % 2 ? P : unitOf(i))), rows: list.flatMap((_, i) => rows(unitOf(i), i === 4 ? 0 : 12)), notes: [] } }
    }
    return null
  }
  return (a, b, q, lang) => a === 'diseases' ? { body: { rows: diseases } } : a === 'estimates' && b ? figure(b, q, lang) : null
}
