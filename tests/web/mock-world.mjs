// SPDX-License-Identifier: AGPL-3.0-or-later
// The data of the mock: one province with ten districts, generated people and cases; answers in the contract's form.
import { catalogue } from './mock-catalogue.mjs'
import { epidemic } from './mock-epidemic.mjs'
import { scenarios } from './mock-scenarios.mjs'
import { signals } from './mock-signals.mjs'

const P = 'vn/11/'
const DISTRICTS = [['094', 'Thành phố A'], ['095', 'Thị xã B'], ['096', 'Huyện C'], ['097', 'Huyện D'], ['098', 'Huyện Đ'], ['099', 'Huyện E'], ['100', 'Huyện G'], ['101', 'Huyện H'], ['102', 'Huyện I'], ['103', 'Huyện K']]
const words = { 1: 'Nguyễn Trần Lê Lò Quàng Vàng'.split(' '), 2: 'Văn Thị Minh Đức'.split(' '), 3: 'An Bình Chung Dung Giang Hà'.split(' ') }
const id = (kind, n) => `${kind}${String(n).padStart(12, '0')}`
const day = (n, from = '2021-11-17') => new Date(Date.parse(from) + n * 864e5).toISOString().slice(0, 10)
const personName = n => `${words[1][n % 6]} ${words[2][n % 4]} ${words[3][(n * 5) % 6]}`
const square = i => { const x = 102.6 + (i % 5) * 0.2, y = 22 - Math.floor(i / 5) * 0.2; return [[[x, y], [x + 0.2, y], [x + 0.2, y - 0.2], [x, y - 0.2], [x, y]]] }

export function world() {
  const DET = ['community', 'quarantine', 'lockdown_zone', 'screening', null]
  const people = Array.from({ length: 160 }, (_, n) => ({ id: id('p', n), version: n + 1, unit: `${P}${DISTRICTS[n % 10][0]}/`, code: `N${n}`, name: n % 17 === 5 ? null : personName(n), masked: n % 17 === 5, sex: n % 2 ? 'female' : 'male', birth_year: 1950 + n % 60, phone: n % 17 === 5 ? null : '0900000000' }))
  const cases = Array.from({ length: 120 }, (_, n) => ({ id: id('c', n), version: 10 + n, unit: `${P}${DISTRICTS[(n * n) % 10][0]}/`, code: `BN${1000 + n}`, person: people[n].id, disease: 'covid-19', classification: n % 9 === 4 ? null : 'confirmed', reported: day(-(n % 28)), onset: n % 3 ? day(-(n % 28) - 2) : null, detection: DET[n % 5], severity: 'mild', outcome: n % 4 ? 'in_care' : 'recovered', cluster: n % 6 ? '' : 'Lớp bồi dưỡng số 7' }))
  const assignments = [{ id: id('a', 1), directive: id('d', 1), item: '1', agency: 'UBND thành phố A', text: 'Khoanh vùng, phong tỏa hẹp ổ dịch; xét nghiệm diện rộng trong 24 giờ.', due: '2021-11-18', status: 'in_progress', percent: 40, overdue: true, progress: [{ id: id('g', 1), act: 'acknowledge', at: '2021-11-17T10:00:00Z', by_name: 'Trực ban' }], children: [{ id: id('a', 2), directive: id('d', 1), item: '1', agency: 'Trạm y tế phường', text: 'Lập danh sách F1, F2.', status: 'new', progress: [], children: [] }] },
    { id: id('a', 3), directive: id('d', 1), item: '2', agency: 'Sở Y tế', text: 'Tổ chức truy vết F1, F2, F3; báo cáo hằng ngày.', status: 'done', percent: 100, evidence: 'Báo cáo số 12', closed: '2021-11-17', progress: [], children: [] }]
  const directives = [{ id: id('d', 1), version: 5, unit: P, symbol: '001/UBND-VX', type: 'công văn', form: 'state', direction: 'incoming', issuer: 'UBND tỉnh', place: 'A', date: '2021-11-17', subject: 'Về việc tăng cường phòng, chống dịch', text: 'Nội dung văn bản mẫu dùng để thử.' }]
  const found = signals(DISTRICTS.map(([code, name]) => ({ unit: `${P}${code}/`, name })), day)
  const ahead = scenarios(DISTRICTS.map(([code, name]) => ({ unit: `${P}${code}/`, name })), day)
  const histories = new Map(), jobs = new Map(), published = []
  const data = { case: cases, person: people, directive: directives, contact: [], sample: [], dose: [], visit: [], arrival: [], place: [], household: [], signal: found.kept,
    conflict: [{ id: id('x', 1), version: 9, unit: cases[0].unit, record_kind: 'case', record: cases[0].id, field: 'severity', kept: 'mild', lost: 'severe', by: id('u', 1), status: 'open' }] }
  let seq = 1000
  const names = r => ({ ...r, _names: Object.fromEntries(Object.values(r).filter(v => typeof v === 'string').map(v => [v, people.find(p => p.id === v)?.name ?? (people.some(p => p.id === v) ? '•••' : cases.find(c => c.id === v)?.code)]).filter(x => x[1])) })
  const unit = path => path === 'vn/' ? { path, name: 'Việt Nam', full_name: 'Việt Nam', code: 'VN', level: 0, children: 1 } : path === P ? { path, name: 'Tỉnh mẫu', full_name: 'Tỉnh mẫu', code: '11', type: 'Tỉnh', level: 1, population: 598856, lat: 21.7, lon: 103, children: 10 }
    : (d => d && { path, name: d[1], full_name: d[1], code: d[0], type: 'Huyện', level: 2, population: 60000, lat: 21.5, lon: 103, children: 0 })(DISTRICTS.find(x => path === `${P}${x[0]}/`))
  const me = role => ({ id: id('u', 1), login: 'tester', name: 'Cán bộ trực', role, unit: P, unit_name: 'Tỉnh mẫu', language: 'vi', permissions: role === 'observer' ? ['record.read', 'policy.read'] : ['record.read', 'person.read', 'case.write', 'record.write', 'import', 'export', 'level.sign', 'level.publish', 'directive.write', 'assignment.act', 'user.manage', 'audit.read', 'policy.read', 'signal.act', 'scenario.run'] })

  function level(i, whole = false) {
    const [code, name] = DISTRICTS[i], u = `${P}${code}/`, n = [1, 1, 2, 3, 1, 4, null, 2, 1, 1][i], unsure = i === 3 || i === 5
    return { name, code, window_days: 14, range: [1, 4], lat: 21.5 + i / 30, lon: 103 + i / 30, cases: i * 7, cases_source: 'case', coverage_one_dose: 62.5 + i * 3, coverage_full_elderly: i === 6 ? null : 70 + i * 2, ready: i === 6 ? null : i !== 5, published: i < 4 ? { id: id('l', i), level: i === 2 ? 1 : n, as_of: '2021-11-10', status: 'published' } : null,
      sheet: { unit: u, date: '2021-11-17', level: n, state: n ? 'decided' : 'undecided', could_be: n ? [n, n] : [1, 2], rule: unsure ? 'low-3' : 'high-1', policy: 'vn-4800', authority: 'vn', document: '4800/QĐ-BYT', source: 'Bảng tổng hợp của báo', confidence: unsure ? 'unverified' : 'secondary', unverified: unsure,
        criteria: { transmission: { title: 'Tiêu chí 1', rate: i * 11.5, band: 1, state: 'decided', row: 'band-1', why: 'Tỷ lệ dưới 20', source: 'Báo', confidence: 'secondary' } }, adjustments: [{ kind: 'raise', applied: false, state: 'decided', row: 'elderly-ok', why: 'Đủ 80 %', source: 'Báo', confidence: 'inferred' }], missing: [],
        evidence: { rate: i * 11.5, window: { from: '2021-11-04', to: '2021-11-17', days: 14, days_reported: 14, community_cases: i * 7 }, population: 60000, other_cases: [{ setting: 'quarantine', cases: 3 }], facts: [{ fact: 'coverage_one_dose', value: 62.5, used: true, source: 'register: 10 / 16', as_of: '2021-11-17' }], notes: [],
          ...(whole ? { explain: { policy: 'vn-4800', table: 'level', state: 'decided', rows: [{ row: 'high-1', truth: 'yes', conditions: [{ fact: 'band', label: 'Mức lây nhiễm', value: '1', test: '= 1', truth: 'yes' }] }, { row: 'low-3', truth: 'no', conditions: [{ fact: 'band', label: 'Mức lây nhiễm', value: '1', test: '= 3', truth: 'no' }] }] } } : {}) } } }
  }
  const byUnit = () => DISTRICTS.map(([code, name], i) => ({ path: `${P}${code}/`, name, cases_7d: (i * 13) % 40, community: i * 7, level: [1, 1, 2, 3, 1, 4, null, 2, 1, 1][i] }))
  const two = (vi, en) => ({ vi, en })
  const figure = (fid, vi, en, value, previous, link) => ({ id: fid, label: two(vi, en), value, previous, definition: two('Ca xác định, theo ngày báo cáo, trong địa bàn.', 'Confirmed cases by day of report in the area.'), ...(link ? { link } : {}) })
  const today = () => ({ unit: { path: P, name: 'Tỉnh mẫu' }, as_of: '2021-11-17', cut_off: { time: '16:00', utc_offset: 420 }, source: 'register', window_days: 14, community_rule: { id: 'vn-community-case', document: '4800/QĐ-BYT', authority: 'vn', confidence: 'unverified' },
    figures: [figure('cases_today', 'Ca mới hôm nay', 'New cases today', 20, 3, '#/cases?reported.gte=2021-11-17'), figure('community_cases_7d', 'Ca cộng đồng 7 ngày', 'Community cases, 7 days', 41, 30), figure('cases_7d', 'Ca mắc 7 ngày', 'Cases, 7 days', 96, 96), figure('active_cases', 'Đang điều trị', 'Active cases', 90, 81), figure('contacts_under_follow_up', 'Người tiếp xúc đang theo dõi', 'Contacts under follow-up', 1240, 1310), figure('contacts_to_trace', 'Cần truy vết', 'Contacts to trace', 64, 12), figure('samples_pending', 'Mẫu chờ kết quả', 'Samples pending', 310, null), figure('coverage_one_dose', 'Tiêm ít nhất 1 mũi', 'At least one dose', 78.4, 77.9), figure('assignments_open', 'Nhiệm vụ đang mở', 'Open assignments', 18, 15), figure('assignments_overdue', 'Nhiệm vụ quá hạn', 'Overdue assignments', 2, 0)],
    curve: Array.from({ length: 42 }, (_, i) => ({ date: day(i - 41), community: Math.round(6 * Math.exp(-(((i - 36) / 7) ** 2)) + (i === 41 ? 9 : 0)), other: Math.round(5 * Math.exp(-(((i - 28) / 9) ** 2))), onset: Math.round(9 * Math.exp(-(((i - 33) / 8) ** 2))) })),
    decisions: [{ id: 'x1', kind: 'case', label: two('Ca bệnh chưa phân loại', 'Cases without classification'), count: 13, severity: 'warning', link: '#/cases?classification.null=1' }, { id: 'x2', label: two('Ca chưa rõ nơi phát hiện', 'Cases without detection setting'), count: 24, severity: 'warning', link: '#/cases?detection.null=1' }, { id: 'x3', label: two('Nhiệm vụ quá hạn', 'Overdue assignments'), count: 2, severity: 'error', link: '#/directives' }, { id: 'x4', label: two('Giá trị bị mất khi hai người cùng sửa', 'Values lost when two people edited'), count: 1, severity: 'high', link: '#/records/conflict?status=open' }, { id: 'x5', label: two('Quy định chưa kiểm chứng đang áp dụng', 'Unverified rules in force'), count: 4, severity: 'note', link: '#/policies' }],
    level: { computed: 2, published: null, confidence: 'unverified', unverified: true }, by_unit: byUnit() })
  const trace = () => {
    const rings = [], index = 'BN1000'
    for (let i = 0; i < 9; i++) {
      const chain = [{ from: index, to: `N${20 + i}`, how: i % 2 ? 'visit' : 'contact', first: day(-4), last: day(-2), place: i % 2 ? 'Lớp học số 7' : null, setting: i % 2 ? null : 'household', minutes: 45, verify: i === 4 }]
      const duty = { action: 'central_isolation', days: 14, until: day(12), rule: 'f1-close', authority: 'vn', source: '5599/QĐ-BYT', confidence: i % 3 ? 'verbatim' : 'unverified', text: two('Cách ly tập trung 14 ngày, xét nghiệm 3 lần', 'Central quarantine for 14 days, three tests') }
      rings.push({ ring: 1, person: people[20 + i].id, code: `N${20 + i}`, name: people[20 + i].name, unit: people[20 + i].unit, chain, duty, verify: i === 4 })
      for (let j = 0; j < i % 3; j++) {
        const k = 40 + i * 3 + j
        rings.push({ ring: 2, person: people[k].id, code: `N${k}`, name: people[k].name, chain: [...chain, { from: `N${20 + i}`, to: `N${k}`, how: 'household', first: day(-3), last: day(-1) }], duty: { action: 'self_watch', until: day(4), rule: 'f2-home', source: '10696/BYT-MT', confidence: 'secondary', text: two('Tự theo dõi sức khỏe', 'Watch own health') }, verify: false })
      }
    }
    return { index, as_of: '2021-11-17', depth: 3, windows: [{ case: index, from: day(-5), to: day(0) }], counts: [9, 9, 0], rings, sources: [], outside: 0, truncated: [] }
  }
  const parsed = text => ({ number: '001', symbol: '001/UBND-VX', type: 'công văn', form: 'state', issuer: 'UBND tỉnh', parent: null, place: 'A', date: '2021-11-17', subject: text.split('\n')[0].slice(0, 80), addressees: ['Các sở, ban, ngành'], cites: [{ symbol: '128/NQ-CP', type: 'nghị quyết', date: '2021-10-11' }], items: [{ no: '1', text: 'Khoanh vùng, phong tỏa hẹp ổ dịch.', agencies: ['UBND thành phố A'], children: [{ no: '-', text: 'Xét nghiệm diện rộng.', agencies: [], children: [] }] }, { no: '2', text: 'Truy vết F1, F2, F3.', agencies: ['Sở Y tế'], partners: [{ name: 'Công an tỉnh' }], children: [] }], annexes: [{ no: 'I', title: 'Biểu mẫu', text: 'Biểu mẫu', agencies: [], partners: [], children: [] }], distribution: [{ text: 'Như trên', for_report: false }], signer: { chain: ['TM. ỦY BAN NHÂN DÂN'], name: null }, fields: { symbol: { confidence: 0.98 }, issuer: { confidence: 0.9 }, date: { confidence: 0.6 }, subject: { confidence: 0.4 } }, findings: [{ severity: 'warning', code: 'directive.no-signer', message: 'không thấy tên người ký' }] })
  const job = (dry, file, read = null) => { const j = { id: id('j', jobs.size + 1), kind: dry ? 'import.dry' : 'import', target: 'case', file, status: 'done', rows: 100, done: 100, accepted: 90, rejected: 6, duplicate: 4, report: { dry_run: dry, updated: 3, new_people: 80, columns: ['Họ tên', 'Ngày sinh', 'Ngày báo cáo', 'Ghi chú'], targets: [{ name: 'person.name', vi: 'Họ và tên', en: 'Full name' }, { name: 'person.birth_date', vi: 'Ngày sinh', en: 'Date of birth' }, { name: 'reported', vi: 'Ngày báo cáo', en: 'Report date' }, { name: 'note', vi: 'Ghi chú', en: 'Note' }], mapping: { columns: { 'Họ tên': 'person.name', 'Ngày sinh': 'person.birth_date', 'Ngày báo cáo': 'reported', 'Ghi chú': null }, dates: 'dmy', encoding: 'utf-8' }, confidence: { 'Họ tên': 0.99, 'Ngày sinh': 0.95, 'Ngày báo cáo': 0.7, 'Ghi chú': 0.2 }, sample: [['Lò Văn An', '01/02/1980', '17/11/2021', ''], ['Vàng Thị Hà', '1975', '16/11/2021', 'x']], findings: [{ row: 12, field: 'reported', code: 'date.future', severity: 'error', message: 'ngày báo cáo ở tương lai' }, { row: 40, field: 'name', code: 'person.duplicate', severity: 'warning', message: 'có thể trùng với người đã có' }], findings_total: { note: 0, warning: 1, error: 1 } } }; if (read) j.report.mapping = { ...j.report.mapping, ...JSON.parse(read) }; jobs.set(j.id, j); return j }

  function list(kind, q) {
    let rows = data[kind] ?? []
    const text = (q.get('q') ?? '').toLowerCase()
    const fold = s => s.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('đ', 'd')
    if (text) rows = rows.filter(r => fold(JSON.stringify(names(r)).toLowerCase()).includes(fold(text)))
    for (const [k, v] of q) {
      const [f, how] = k.split('.')
      if (['q', 'order', 'limit', 'cursor', 'total', 'unit', 'format'].includes(f)) { if (f === 'unit') rows = rows.filter(r => r.unit.startsWith(v)); continue }
      rows = rows.filter(r => how === 'gte' ? r[f] >= v : how === 'lte' ? r[f] <= v : how === 'null' ? r[f] == null : r[f] === v)
    }
    const order = q.get('order') ?? 'id', f = order.replace('-', '')
    return [...rows].sort((a, b) => (order.startsWith('-') ? -1 : 1) * String(a[f] ?? '').localeCompare(String(b[f] ?? '')))
  }
  function records(m, [kind, rid, sub], { q, json, match }) {
    if (!rid && m === 'GET') {
      const rows = list(kind, q), from = Number(q.get('cursor') ?? 0), limit = Number(q.get('limit') ?? 50)
      return { body: { rows: rows.slice(from, from + limit).map(names), next: from + limit < rows.length ? String(from + limit) : null, total: rows.length } }
    }
    if (!rid) {
      const f = json()
      if (kind === 'person' && f.name === people[3].name && q.get('force') !== '1') return { status: 409, problem: 'person.duplicate', more: { duplicates: [{ id: people[3].id, score: 0.93, reasons: ['name'], name: people[3].name }] } }
      if (f.onset > f.reported) return { status: 422, problem: 'record.invalid', detail: 'có giá trị không hợp lệ', more: { findings: [{ field: 'onset', code: 'case.onset-after-report', severity: 'error', message: 'ngày khởi phát sau ngày báo cáo' }] } }
      const r = { id: id(kind[0], 500 + ++seq), version: seq, unit: P, ...f }
      ;(data[kind] ??= []).push(r)
      return { status: 201, body: names(r) }
    }
    const r = (data[kind] ?? []).find(x => x.id === rid)
    if (!r) return null
    if (sub === 'history' && kind === 'signal') return found.history(rid)
    if (sub === 'history') return { body: { rows: [...(histories.get(rid) ?? []), { seq: 1, action: 'record.create', author_name: 'Cordon', server_time: '2021-11-16T09:00:00Z', reason: '', changes: [{ field: 'code', label: 'Mã', from: null, to: r.code ?? null }] }] } }
    if (m === 'PATCH') {
      if (match && match !== `"${r.version}"`) return { status: 412, problem: 'record.stale', detail: 'người khác vừa sửa bản ghi này' }
      const { _reason, ...f } = json()
      histories.set(rid, [{ seq: ++seq, action: 'record.update', author_name: 'Cán bộ trực', server_time: '2021-11-17T09:00:00Z', reason: _reason ?? '', changes: Object.entries(f).map(([k, v]) => ({ field: k, from: r[k] ?? null, to: v })) }, ...(histories.get(rid) ?? [])])
      Object.assign(r, f, { version: ++seq })
    }
    return { body: names(r) }
  }
  const mappings = [{ id: id('m', 1), version: 1, unit: P, name: 'Mẫu 02 của CDC', target: 'case', spec: { columns: { 'Họ tên': 'person.name', 'Ngày báo cáo': 'note', 'Cột cũ': 'reported' }, dates: 'dmy', encoding: 'utf-8' } }]
  // 450 lines in pages of 200 numbers; the second page has nothing of this unit, as in a journal shared with others.
  const audit = Array.from({ length: 450 }, (_, i) => i + 1).filter(n => n <= 50 || n > 250).map(n => ({ seq: n, action: ['record.read', 'case.update', 'session.login', 'level.sign'][n % 4], author: n % 3 ? 'Cán bộ trực' : 'Đặng Thị Mẫu', scope: P, server_time: new Date(Date.parse('2021-11-17T09:00:00Z') - (450 - n) * 6e4).toISOString(), changes: n % 4 === 0 ? 0 : 1, reason: n === 30 ? '=theo bệnh án' : '', ...(n % 4 === 0 ? { detail: { kind: 'case', id: id('c', n), rows: 1 } } : {}) }))
  const auditPage = cursor => { const before = Number(cursor || 450), since = Math.max(0, before - 200); return { rows: audit.filter(r => r.seq > since && r.seq <= before).reverse(), next: since ? String(since) : '' } }
  const users = [{ id: id('u', 1), version: 1, login: 'tester', name: 'Cán bộ trực', role: 'administrator', unit: P, unit_name: 'Tỉnh mẫu', active: true }]

  const figures = epidemic(P, DISTRICTS)
  function answer({ method: m, path, q, json, body, match, lang }) {
    const part = path.slice(1).split('/').map(decodeURIComponent)
    const [a, b, c] = part
    const figure = figures(a, b, q, lang)
    if (figure) return figure
    if (a === 'records') return records(m, part.slice(1), { q, json, match })
    if (a === 'estimates' && b === 'scan') return { body: found.scan(q) }
    if (a === 'scenarios') return ahead.answer({ m, b, c, q, json })
    if (a === 'scenario-levers') return { body: ahead.table }
    if (a === 'scenario-bases') return { body: ahead.bases }
    if (a === 'signals') return found.answer({ m, b, c, q, json })
    if (a === 'today') return { body: today() }
    if (a === 'units' && b) return unit(part.slice(1).join('/')) ? { body: { ...unit(part.slice(1).join('/')), ancestors: [] } } : null
    if (a === 'units') return { body: { rows: q.get('q') ? [unit(P), ...DISTRICTS.map(d => unit(`${P}${d[0]}/`))].filter(u => u.name.toLowerCase().includes(q.get('q').toLowerCase())) : q.get('parent') === P ? DISTRICTS.map(d => unit(`${P}${d[0]}/`)) : [] } }
    if (a === 'map' && b) return { body: { type: 'FeatureCollection', features: b === 'districts' ? DISTRICTS.map((d, i) => ({ type: 'Feature', properties: { code: d[0], name: d[1], path: `${P}${d[0]}/` }, geometry: { type: 'Polygon', coordinates: square(i) } })) : [] } }
    if (a === 'map') return { body: { layers: ['provinces', 'districts', 'communes2025'], attribution: 'mẫu' } }
    if (a === 'cases' && c === 'trace') return { body: trace() }
    if (a === 'levels' && b === 'evidence') { const i = DISTRICTS.findIndex(d => q.get('unit') === `${P}${d[0]}/`); return { body: i < 0 ? { ...level(2, true), name: 'Tỉnh mẫu' } : level(i, true) } }
    if (a === 'levels' && b === 'history') return { body: { rows: Array.from({ length: 30 }, (_, i) => ({ as_of: day(i - 29), level: i < 12 ? 1 : i < 24 ? 2 : 3, rate: 5 + i * 2, coverage: 60 + i / 2 })), published: published.filter(p => p.unit === q.get('unit')) } }
    if (a === 'levels' && b === 'sign') { const f = json(); const r = { id: id('l', 100 + published.length), status: 'signed', ...f }; published.push(r); return { status: 201, body: r } }
    if (a === 'levels' && b) { const r = published.find(x => x.id === json().id); if (r) r.status = b === 'publish' ? 'published' : 'withdrawn'; return { body: r } }
    if (a === 'levels') return { body: { as_of: '2021-11-17', policy: { id: 'vn-4800', title: two('Cấp độ dịch, Quyết định 4800', 'Levels, Decision 4800') }, rows: DISTRICTS.map((_, i) => level(i)) } }
    if (a === 'measures') return { body: { level: Number(q.get('level')), source: '128/NQ-CP', rows: [{ activity: 'gatherings', label: two('Tập trung trong nhà', 'Indoor gatherings'), rule: 'conditions', confidence: 'unverified', source: '128/NQ-CP' }, { activity: 'goods', label: two('Vận chuyển hàng hóa', 'Goods transport'), rule: 'free', confidence: 'secondary' }] } }
    if (a === 'directives' && m === 'POST') { const t = body.toString('utf8'); if (q.get('dry_run')) return { body: { parsed: parsed(t), assignments: 3 } }; const r = { ...directives[0], id: id('d', 2 + directives.length), text: t, version: ++seq, unit: P }; directives.push(r); return { status: 201, body: { record: r, parsed: parsed(t), assignments: [] } } }
    if (a === 'directives') { const r = directives.find(x => x.id === b); return r ? { body: { record: r, parsed: parsed(r.text), assignments: r.id === id('d', 1) ? assignments : [] } } : null }
    if (a === 'assignments') { const f = json(), find = l => l.flatMap(x => [x, ...find(x.children)]), r = find(assignments).find(x => x.id === b); if (f.act === 'close' && !f.evidence) return { status: 422, problem: 'assignment.evidence-missing' }; r.status = { acknowledge: 'acknowledged', report: 'in_progress', close: 'done', return: 'returned', reopen: 'in_progress', delegate: r.status }[f.act]; if (f.percent != null) r.percent = f.percent; r.progress.push({ id: id('g', ++seq), act: f.act, at: '2021-11-17T11:00:00Z', by_name: 'Cán bộ trực', ...f }); return { body: r } }
    if (a === 'import') { const j = job(true, q.get('name'), q.get('mapping')); return { status: 202, body: { job: j.id } } }
    if (a === 'jobs' && c === 'apply') { const j = job(q.get('dry_run') === '1', jobs.get(b).file, JSON.stringify(json().mapping)); return { body: { job: j.id }, job: j } }
    if (a === 'jobs' && c === 'findings.csv') return { file: 'row,code\r\n12,date.future\r\n', name: 'findings.csv' }
    if (a === 'jobs' && b) return jobs.has(b) ? { body: jobs.get(b) } : null
    if (a === 'jobs') return { body: { rows: [...jobs.values()].map(({ report, ...j }) => j) } }
    if (a === 'export') return { file: '\uFEFFcode\r\n' + list(b, q).map(r => r.code).join('\r\n') + '\r\n', name: `${b}.csv` }
    if (a === 'mappings' && m === 'POST') { const f = json(); const r = { id: id('m', ++seq), version: seq, unit: P, ...f }; mappings.push(r); return { status: 201, body: r } }
    if (a === 'mappings' && c === 'history') return { body: { rows: [{ seq: 1, action: 'mapping.save', author_name: 'Cán bộ trực', server_time: '2021-11-17T09:00:00Z', changes: [{ field: 'name', from: null, to: mappings.find(x => x.id === b)?.name }] }] } }
    if (a === 'mappings' && m === 'PATCH') { const r = mappings.find(x => x.id === b); if (mappings.some(x => x !== r && x.name === json().name)) return { status: 409, problem: 'mapping.name-taken' }; Object.assign(r, json(), { version: ++seq }); return { body: r } }
    if (a === 'mappings' && m === 'DELETE') { mappings.splice(mappings.findIndex(x => x.id === b), 1); return { status: 204 } }
    if (a === 'mappings') return { body: { rows: mappings } }
    if (a === 'audit') return { body: auditPage(q.get('cursor')) }
    const pack = { id: 'vn-4800', topic: 'level', document: '4800/QĐ-BYT', title: two('Cấp độ dịch, Quyết định 4800', 'Levels, Decision 4800'), authority: 'vn', from: '2021-10-12', to: '2022-01-26', enabled: true, rows: 12, unverified: 4 }
    if (a === 'policies' && b) return { body: { ...pack, tables: [{ name: 'level', title: two('Bảng cấp độ', 'Level matrix'), rows: [{ id: 'high-1', why: two('Độ bao phủ từ 70 %', 'Coverage of 70 % or more'), source: 'Báo', url: 'https://example.org/', confidence: 'secondary' }, { id: 'low-3', why: two('Độ bao phủ dưới 70 %', 'Coverage below 70 %'), source: 'Hồi ức', url: '', confidence: 'unverified' }] }], pack: { tables: [{ name: 'level', rows: [{ id: 'high-1', when: { all: ['band = 1', 'coverage >= 70'] }, then: { level: 1 } }, { id: 'low-3', when: { all: ['band = 3'] }, then: { level: 3 } }] }], examples: [{ given: { rate: 14.7 }, expect: { level: 1 } }] } } }
    if (a === 'policies') return { body: { rows: [pack, { ...pack, id: 'vn-5599', topic: 'contact-duty', title: two('Truy vết và cách ly, Quyết định 5599', 'Tracing and quarantine, Decision 5599'), unverified: 0, to: null }] } }
    if (a === 'users' && c === 'link') return { body: { link: '/api/link?token=abc' } }
    if (a === 'users' && m === 'POST') { const u = { id: id('u', users.length + 1), version: 1, active: true, ...json() }; users.push(u); return { status: 201, body: { ...u, link: '/api/link?token=abc' } } }
    if (a === 'users' && b) { const u = users.find(x => x.id === b); Object.assign(u, json()); return { body: u } }
    if (a === 'users') return { body: { rows: users } }
    return null
  }
  if (!catalogue().kinds.length) throw new Error('the catalogue could not be read')
  job(true, 'danh-sach-ca-benh.csv')
  return { me, answer, ids: { case: cases[0].id, person: people[0].id, directive: directives[0].id, job: id('j', 1), signal: found.kept[0].id } }
}
