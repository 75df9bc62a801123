// SPDX-License-Identifier: AGPL-3.0-or-later
// Scenarios of the mock: six that are done and one that was stopped; one that is made runs on its first look and is done on the second.
const id = n => `y${String(n).padStart(12, '0')}`

export function scenarios(units, day) {
  const words = (vi, en) => ({ vi, en })
  const lever = (path, type, vi, en, max = 1) => ({ path, type, ...(type === 'text' ? { max: 95 } : type === 'yes' ? {} : { min: 0, max }), label: words(vi, en), measure: words(type === 'count' ? 'ngày' : '', type === 'count' ? 'days' : ''), help: words('', '') })
  const levers = [lever('title', 'text', 'Tên kịch bản', 'Title'), lever('base.unit', 'text', 'Đơn vị', 'Unit'), lever('base.disease', 'text', 'Bệnh', 'Disease'), lever('base.date', 'text', 'Ngày bắt đầu', 'First day'), lever('days', 'count', 'Số ngày', 'Days', 3650),
    lever('isolate.when.from', 'count', 'Từ ngày thứ', 'From day', 3650), lever('isolate.days', 'count', 'Cách ly F0', 'Isolation of cases', 60), { ...lever('isolate.by', 'text', 'Cách ly theo', 'Isolation by'), choices: [{ value: '', label: words('Các thông số', 'The levers') }, { value: 'pack', label: words('Bộ quy định', 'The rules in force') }] }, lever('isolate.home', 'share', 'F0 cách ly tại nhà', 'Cases isolated at home'), lever('arrive.tested', 'yes', 'Xét nghiệm khi về', 'Tested on arrival')]
  const plain = { title: '', base: { unit: '', disease: '', date: '' }, days: 150, isolate: { when: { from: 0 }, by: '', days: 0, home: 0 }, arrive: { tested: false } }
  const table = { groups: [['base', 'Nơi chốn và bệnh', 'Place and disease'], ['isolate', 'Cách ly ca bệnh', 'Isolation of cases'], ['arrive', 'Người từ nơi khác về', 'Arrivals']].map(([group, vi, en]) => ({ group, label: words(vi, en), help: words('', '') })), levers, plain, most_person_days: 2e10 }
  const base = (title, days) => ({ ...plain, title, days: 40, base: { unit: 'vn/11/', disease: 'covid-19', date: '2021-11-17' }, isolate: { when: { from: 0 }, by: '', days, home: 0 } })
  const spread = m => ({ mean: m, q025: m * 0.8, q25: m * 0.9, median: m, q75: m * 1.1, q975: m * 1.3 })
  const height = { infected: 900, found: 300, beds_now: 120, icu_now: 10, deaths: 4, tested: 4000, listed_f1: 2000, at_home_now_days: 900, at_site_now_days: 500, beds_now_days: 1500, icu_now_days: 90, no_bed_now_days: 0, locked_now_days: 0, doses: 100 }
  const summary = part => ({ runs: 20, days: 40, people: 600000, totals: Object.fromEntries(['infected', 'found', 'deaths', 'beds_now_days', 'icu_now_days'].map(f => [f, spread(height[f] * part)])), peaks: { beds_now: { value: spread(120 * part), day: spread(20) }, icu_now: { value: spread(10 * part), day: spread(22) } },
    ...(part < 1 ? { start: { as_of: '2021-11-16', infected: 22, isolated: 22, quarantined: 100, recovered: 9, died: 0, vaccinated: 11258, doses: 18152, nowhere: 1, hidden: 40 }, rules: [{ lever: 'isolate', policy: 'vn-5599', document: '5599/BYT-MT', title: words('Nghĩa vụ mẫu', 'Sample duties'), sources: ['Nguồn mẫu'], from: '2021-11-17', to: '2021-12-15', state: 'decides', silent: ['isolate.days'] }, { lever: 'arrive', policy: null, from: '2021-12-16', to: '2021-12-26', state: 'none' }] } : {}), capacity: { beds_now: 150, icu_now: 12, at_site_now: 0, tested: 0 }, costs: { currency: 'VND', rows: ['test', 'home_day', 'site_day', 'bed_day', 'icu_day', 'dose', 'locked_day'].map(of => ({ of, amount: 10, each: 1000, cost: 10000 * part })), total: 70000 * part } })
  const done = (n, title, part) => ({ id: id(n), version: 2, unit: 'vn/11/', unit_name: 'Tỉnh mẫu', title, status: 'done', runs: 20, days: 40, seed: 1, first: '2021-11-17', note: null, part, levers: base(title, part < 1 ? 14 : 0), summary: summary(part) })
  const kept = [...[['Xét nghiệm diện rộng', 0.8], ['Đóng cửa trường học', 0.7], ['Tiêm chủng nhanh', 0.6], ['Cách ly tập trung mọi F1 và phong tỏa hẹp theo ổ dịch', 0.5]].map(([title, part], i) => done(11 + i, title, part)),
    { ...done(15, 'Dừng giữa chừng', 0.9), status: 'stopped', summary: null }, done(1, 'Không can thiệp', 1), { ...done(2, 'Cách ly ca bệnh', 0.4), directive: 'd000000000001', directive_name: '1709/CT-UBND', assignment: null, assignment_name: '' }]
  let made = 20
  kept.find(r => r.title === 'Cách ly ca bệnh').levers.calibrate = { members: 200 }
  const short = ({ levers: _, summary: __, part: ___, ...r }) => r
  const step = r => { if (r.status === 'running') Object.assign(r, { status: 'done', progress: undefined }); else if (r.status === 'queued') Object.assign(r, { status: 'running', progress: { run: 8, day: 20 } }); return r }
  function answer({ m, b, c, q, json }) {
    if (!b && m === 'GET') return { body: { rows: [...kept].reverse().filter(r => !q.get('directive') || r.directive === q.get('directive')).map(r => short(step(r))), next: null } }
    if (!b) {
      const f = json(), l = f.levers
      if (!l.title) return { status: 422, problem: 'input.has-errors', detail: 'dữ liệu có 1 lỗi', more: { findings: [{ row: 0, field: 'title', code: 'scenario.title-needed', severity: 'error', message: 'hãy đặt tên cho kịch bản' }] } }
      const r = { ...done(++made, l.title, 0.7), status: 'queued', runs: f.runs, seed: f.seed, levers: l }
      kept.push(r)
      return { status: 201, body: r }
    }
    if (b === 'plans') {
      const rows = ['Không can thiệp', 'Theo các chỉ thị', 'Giãn cách toàn địa bàn (cấp 4)'].map((title, i) => ({ ...done(++made, `Tỉnh mẫu: ${title}`, [1, 0.5, 0.2][i]), status: 'queued' }))
      kept.push(...rows)
      return { status: 201, body: { rows: rows.map(short) } }
    }
    if (b === 'export') return { file: '\uFEFFpart,scenario\r\ntotal,' + q.get('ids') + '\r\n', name: `scenarios.${q.get('format')}` }
    if (b === 'compare') {
      const of = q.get('ids').split(',').map(x => kept.find(r => r.id === x))
      return { body: { scenarios: of.map(r => ({ id: r.id, paired: true })), rows: Object.keys(height).map(figure => ({ figure, of: of.map((r, i) => ({ total: spread(height[figure] * r.part), ...(i ? { difference: { median: height[figure] * (r.part - of[0].part), q025: height[figure] * (r.part - of[0].part) * 1.2, q975: height[figure] * (r.part - of[0].part) * 0.8 } } : {}) })) })) } }
    }
    const r = kept.find(x => x.id === b)
    if (!r) return null
    if (m === 'DELETE') { kept.splice(kept.indexOf(r), 1); return { status: 204 } }
    if (m === 'PATCH') { const f = json(); return { body: Object.assign(r, f, 'directive' in f ? { directive_name: f.directive ? '1709/CT-UBND' : '', assignment_name: '' } : {}, f.assignment ? { directive: 'd000000000001', directive_name: '1709/CT-UBND', assignment_name: '1' } : {}) } }
    const curve = f => { const m = Array.from({ length: 40 }, (_, i) => height[f] * r.part * Math.exp(-(((i - 20) / 8) ** 2))); return { mean: m, median: m, q025: m.map(v => v * 0.7), q25: m, q75: m, q975: m.map(v => v * 1.4) } }
    if (c === 'daily') return { body: { first: '2021-11-17', days: 40, figures: Object.fromEntries(q.get('figures').split(',').map(f => [f, curve(f)])) } }
    if (c === 'fit') { const k = curve('found'), last = 25
      return { body: { first: '2021-11-17', observed: k.median.map((v, i) => i > 13 && i <= last ? Math.round(v * (1 + ((i * 7) % 5 - 2) / 8)) : null), mean: k.mean, q025: k.q025, q25: k.q25, median: k.median, q75: k.q75, q975: k.q975, figures: { members: 200, steps: 6, days: 40, last, cover50: 0.5, cover95: 0.92, poor: false, vague: true, free: [{ lever: 'isolate.home', median: 0.52, q025: 0.4, q975: 0.61, prior: { median: 0.5, q025: 0.2, q975: 0.8 } }, { lever: 'dispersion', median: 8, q025: 4, q975: 15, prior: { median: 10, q025: 2.5, q975: 39 } }], transmission: [{ day: 0, median: 1, q025: 1, q975: 1 }, { day: 21, median: 0.7, q025: 0.5, q975: 1 }] } } } }
    if (c === 'places') return { body: { figure: 'infected', rows: units.map((u, i) => ({ ...u, code: u.unit.split('/').at(-2), lat: null, lon: null, people: 60000, ...spread(i * 30 * r.part) })) } }
    if (c === 'weeks') return { body: { figure: 'infected', first: '2021-11-17', weeks: 6, rows: units.map((u, i) => ({ unit: u.unit, values: Array.from({ length: 6 }, (_, w) => i * w * r.part) })) } }
    if (c === 'continue') return { body: Object.assign(r, { status: 'queued', summary: summary(r.part) }) }
    if (c === 'stop') return { body: Object.assign(r, { status: 'stopped' }) }
    return { body: r }
  }
  return { kept, answer, table, bases: { rows: [{ name: 'dien-bien-none', title: 'Điện Biên: không can thiệp', levers: base('Điện Biên: không can thiệp', 0) }] } }
}
