// SPDX-License-Identifier: AGPL-3.0-or-later
// The program itself with a small demo province: every page as the roles that may see it, and the main journeys.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { empty, equal, openPage, settle, shot, test, testAlone, violations } from './browser.mjs'

const DAY = '2021-11-17'

/** Makes the demo province, starts the server, waits for its address and the one-time links. */
export async function startReal(binary) {
  const dir = mkdtempSync(join(tmpdir(), 'cordon-web-')), data = join(dir, 'data')
  const made = spawn(binary, ['demo', data, '--people', '5000', '--seed', '7'], { stdio: ['ignore', 'ignore', 'inherit'] })
  const [status] = await once(made, 'exit')
  if (status !== 0) throw new Error(`the demo ended with ${status}`)
  const child = spawn(binary, ['--data', data, 'serve', '--listen', '127.0.0.1:0', '--links'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const links = {}
  let url = ''
  await new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error('the server did not say that it is ready')), 20000)
    child.on('exit', code => fail(new Error(`the server stopped with ${code}`)))
    createInterface({ input: child.stdout }).on('line', line => {
      url ||= /listening on (\S+)/.exec(line)?.[1] ?? ''
      const m = /^\s+(\w+)\s+(http\S+)/.exec(line)
      if (m) links[m[1]] = m[2]
      if (m?.[1] === 'observer') { clearTimeout(timer); done() }
    })
  })
  return { url, links, stop: async () => { child.removeAllListeners('exit'); child.kill('SIGTERM'); await new Promise(done => child.on('exit', done)); rmSync(dir, { recursive: true, force: true }) } }
}

/** One sign-in per role for the whole run: the links work once. */
export async function signInAs(context, server, role) {
  await context.clearCookies()
  const page = await context.newPage()
  await page.goto(server.links[role])
  await page.waitForSelector('.shell-bar')
  const cookies = await context.cookies()
  const api = path => page.evaluate(async p => { const r = await fetch('/api' + p); return r.ok ? r.json() : null }, path)
  const first = async kind => (await api(`/records/${kind}?limit=1`))?.rows[0]
  const busiest = async () => {
    const { rows } = await api('/records/case?limit=20&order=-reported')
    const rings = await Promise.all(rows.map(async r => ({ id: r.id, person: r.person, n: (await api(`/cases/${r.id}/trace?depth=2&as_of=${DAY}`))?.rings.length ?? 0 })))
    return rings.sort((a, b) => b.n - a.n)[0]
  }
  const one = await busiest()
  const ids = { case: one.id, person: one.person, directive: (await first('directive'))?.id, policy: 'vn-4800', unit: 'vn/11/094/', signal: (await first('signal'))?.id }
  await page.close()
  return { cookies, ids, use: async () => { await context.clearCookies(); await context.addCookies(cookies) } }
}

export function realJourneys(context, server, people) {
  const base = server.url
  const go = (role, name, run, how = test) => how(`real: ${name}`, async () => {
    await people[role].use()
    const page = await openPage(context, base)
    try { await page.goto(`${base}/#/today?on=${DAY}`); await page.waitForSelector('h1'); await run(page, people[role].ids); empty(page.wrong, 'console') } finally { await page.close() }
  })
  go('duty_officer', 'Today has its figures, its curve and the levels of the districts', async page => {
    await page.waitForSelector('.figure .value')
    await settle(page)
    equal(await page.$$eval('svg.chart rect.community', r => r.some(x => Number(x.getAttribute('height')) > 0)), true, 'a bar of the curve')
    equal(await page.$$eval('.two tbody tr', r => r.length), 10, 'districts')
    await page.waitForSelector('.speed .badge')
    await page.waitForSelector('svg.chart path[class^="l"]')
    await shot(page, 'real-today')
  })
  go('duty_officer', 'without a day chosen, the newest report is offered', async page => {
    await page.fill('#as-of', '01/06/2026')
    await page.keyboard.press('Tab')
    await page.click('button:has-text("Xem ngày 17/11/2021")')
    await page.waitForSelector('text=ngày 17/11/2021 (UTC+7)')
  })
  go('duty_officer', 'a case is found, changed with a reason, and the change taken back', async (page, ids) => {
    await page.goto(`${base}/#/case/${ids.case}`)
    await page.click('section[aria-label="Phát hiện và chẩn đoán"] button')
    const before = await page.inputValue('select[id$="-severity"]'), after = before === 'severe' ? 'mild' : 'severe'
    await page.selectOption('select[id$="-severity"]', after)
    await page.fill('input[id$="-why"]', 'theo bệnh án')
    await page.click('form button.main')
    await page.waitForSelector('.toast:has-text("Đã lưu")')
    await page.click('[role=tab]:has-text("Lịch sử")')
    await page.waitForSelector('text=theo bệnh án')
    await page.click('button:has-text("Trả về giá trị trước") >> nth=0')
    await page.waitForSelector('.toast:has-text("Đã trả về")')
    const now = await page.evaluate(async id => (await (await fetch(`/api/records/case/${id}`)).json()).severity, ids.case)
    equal(now ?? '', before, 'severity')
  })
  go('duty_officer', 'a new case with a new person is made and found by name without accents', async page => {
    await page.goto(`${base}/#/cases?new=1`)
    await page.fill('#person-name', 'Mẫu Thị Thử Nghiệm')
    const field = n => `form [id$="-${n}"]`
    await page.fill(field('code'), 'THU-1')
    await page.fill(field('reported'), '17/11/2021')
    await page.fill(field('onset'), '16/11/2021')
    await page.keyboard.press('Tab')
    await page.click('form button.main')
    await page.waitForSelector('h1:has-text("THU-1")')
    await page.goto(`${base}/#/people?q=mau thi thu`)
    await page.waitForSelector('tbody a:has-text("Mẫu Thị Thử Nghiệm")')
  })
  go('duty_officer', 'rings are drawn and listed alike', async (page, ids) => {
    await page.goto(`${base}/#/case/${ids.case}?tab=rings`)
    await page.waitForSelector('svg.chart g')
    await settle(page)
    const drawn = await page.$$eval('svg.chart g', g => g.length), listed = await page.$$eval('tbody tr', r => r.length)
    equal(listed, Math.min(drawn, 100), 'drawn and listed')
    if (drawn > 100) {
      await page.click('button:has-text("Hiện thêm")')
      equal(await page.$$eval('tbody tr', r => r.length), Math.min(drawn, 600), 'listed after asking for more')
    }
    empty(await violations(page), 'accessibility')
    await shot(page, 'real-rings')
  })
  go('commander', 'a level is signed with its reason, published and withdrawn', async page => {
    await page.goto(`${base}/#/levels?evidence=${encodeURIComponent('vn/11/095/')}`)
    await page.click('dialog button:has-text("Ký cấp độ")')
    await page.check('dialog input[value="3"]')
    await page.fill('#reason', 'điều chỉnh theo tình hình')
    await page.click('dialog form button.main')
    await page.click('dialog button:has-text("Công bố cấp 3")')
    await page.click('dialog summary:has-text("Đã công bố (1)")')
    await page.fill('#withdraw-reason', 'nhầm đơn vị')
    await page.click('dialog button:has-text("Thu hồi")')
    await page.waitForSelector('.toast:has-text("Đã thu hồi")')
    await shot(page, 'real-evidence')
  })
  go('commander', 'a document is read as it is pasted, registered, and its work taken, reported and closed', async page => {
    await page.goto(`${base}/#/directives?new=1`)
    await page.fill('#words', ['ỦY BAN NHÂN DÂN', 'TỈNH MẪU', '', 'Số: 77/UBND-VX', 'V/v thử bóc tách văn bản', '', 'Mẫu, ngày 17 tháng 11 năm 2021', '', 'Kính gửi: Sở Y tế; UBND các huyện', '',
      '1. Sở Y tế', '- Tổ chức truy vết các trường hợp tiếp xúc.', '2. UBND các huyện', '- Rà soát khu cách ly.', '', 'Nơi nhận:', '- Như trên;', '- Lưu: VT.', '', 'TM. ỦY BAN NHÂN DÂN', 'CHỦ TỊCH'].join('\n'))
    await page.waitForSelector('text=Đã bóc tách văn bản')
    await settle(page)
    empty(await violations(page), 'accessibility of the preview')
    await shot(page, 'real-parsed')
    await page.click('button:has-text("Đăng ký và giao")')
    await page.waitForURL(/#\/directive\//)
    const act = async (name, fill) => {
      await page.click(`li:not(:has(ol)) > div button:has-text("${name}") >> nth=0`)
      await fill?.()
      await page.click('dialog form button.main')
      await page.waitForFunction(() => !document.querySelector('dialog'))
    }
    await act('Nhận việc')
    await act('Báo cáo tiến độ', async () => { await page.fill('#act-percent', '50'); await page.fill('#act-text', 'đang làm'); await page.keyboard.press('Tab') })
    await act('Kết thúc', async () => { await page.fill('#act-evidence', 'Báo cáo số 1'); await page.keyboard.press('Tab') })
    await page.waitForSelector('.badge.good:has-text("1 hoàn thành")')
    await shot(page, 'real-directive')
  })
  go('duty_officer', 'the epidemic page has its gauge, curve, R, forecast and sub-units, each answered at once', async page => {
    const slow = []
    page.on('requestfinished', async r => { const t = r.timing(); if (r.url().includes('/api/estimates/') && t.responseEnd > 1000) slow.push(`${r.url()} ${Math.round(t.responseEnd)} ms`) })
    await page.goto(`${base}/#/epidemic?by=onset&on=${DAY}`)
    await page.waitForSelector('.verdict .badge')
    await page.waitForSelector('.plot[aria-label^="Hệ số lây nhiễm"]')
    await page.waitForSelector('h3:has-text("Các dự báo như vậy trong những tuần qua") + p .badge')
    await settle(page)
    equal(await page.$$eval('.plot rect.bar.solid', b => b.length > 0), true, 'bars of the curve')
    equal(await page.$$eval('table.cards tbody tr', r => r.length > 0), true, 'units')
    empty(await page.$$eval('[role="alert"]', a => a.map(x => x.textContent)), 'figures that failed')
    empty(slow, 'slow answers')
    await shot(page, 'real-epidemic')
  }, testAlone)
  go('duty_officer', 'a file is tried, its findings seen, and written', async page => {
    await page.goto(`${base}/#/import`)
    const rows = ['Mã ca bệnh,Họ và tên,Ngày sinh,Giới tính,Ngày báo cáo,Nơi phát hiện', 'TEP-1,Mẫu Văn Một,01/02/1980,Nam,16/11/2021,Cộng đồng', 'TEP-2,Mẫu Thị Hai,03/04/1991,Nữ,17/11/2021,Khu cách ly', 'TEP-3,Mẫu Văn Ba,31/02/1970,Nam,17/11/2021,Cộng đồng']
    await page.setInputFiles('input[type=file]', { name: 'ca-benh.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\n') + '\n') })
    await page.click('form button.main')
    await page.waitForURL(/#\/job\//)
    await page.waitForSelector('button:has-text("Ghi vào hệ thống")')
    await settle(page)
    empty(await violations(page), 'accessibility of the job')
    await shot(page, 'real-job')
    await page.click('button:has-text("Ghi vào hệ thống")')
    await page.waitForSelector('p:has-text("ghi vào hệ thống")')
    await page.waitForSelector('.note.good:has-text("3 dòng =")')
    await page.goto(`${base}/#/cases?q=TEP-1`)
    await page.waitForSelector('tbody a:has-text("TEP-1")')
  })
  go('duty_officer', 'a mapping is corrected, kept, and used for the next file of the same form', async page => {
    const file = code => ({ name: `mau-${code}.csv`, mimeType: 'text/csv', buffer: Buffer.from(`Cột mã,Cột tên,Cột ngày\n${code},Mẫu Thị Bốn,16/11/2021\n`) })
    const field = c => `tr:has(th:has-text("${c}")) select`
    await page.goto(`${base}/#/import`)
    await page.setInputFiles('input[type=file]', file('GHEP-1'))
    await page.click('form button.main')
    await page.waitForURL(/#\/job\//)
    await page.waitForSelector('button:has-text("Ghi vào hệ thống")')
    for (const [c, to] of [['Cột mã', 'code'], ['Cột tên', 'person.name'], ['Cột ngày', 'reported']]) await page.selectOption(field(c), to)
    await page.fill('#mapping-name', 'Mẫu của huyện')
    await page.click('button:has-text("Lưu bảng ghép")')
    await page.waitForSelector('.toast:has-text("Mẫu của huyện")')
    const before = page.url()
    await page.click('button:has-text("Đọc thử lại")')
    await page.waitForFunction(u => location.href !== u, before)
    await page.waitForSelector('button:has-text("Ghi vào hệ thống")')
    equal(await page.inputValue(field('Cột ngày')), 'reported', 'the field after trying again')
    await page.goto(`${base}/#/import`)
    await page.selectOption('select:has(option:has-text("Mẫu của huyện"))', { label: 'Mẫu của huyện' })
    await page.setInputFiles('input[type=file]', file('GHEP-2'))
    await page.click('form button.main')
    await page.waitForURL(/#\/job\/.*saved=/)
    await page.waitForSelector('button:has-text("Ghi vào hệ thống")')
    equal(await page.inputValue(field('Cột mã')), 'code', 'the field by the mapping kept')
    await settle(page)
    empty(await violations(page), 'accessibility of the job')
    await shot(page, 'real-mapping')
    await page.click('button:has-text("Ghi vào hệ thống")')
    await page.waitForSelector('.note.good:has-text("1 dòng = 1 nhận")')
    await page.goto(`${base}/#/cases?q=GHEP-2`)
    await page.waitForSelector('tbody a:has-text("GHEP-2")')
    await page.goto(`${base}/#/import`)
    await page.click('summary:has-text("Các bảng ghép đã lưu")')
    await page.click('details button:has-text("Mẫu của huyện")')
    await page.fill('#mapping-rename', 'Mẫu của tỉnh')
    await page.click('dialog button.main')
    await page.click('details button:has-text("Mẫu của tỉnh")')
    await page.waitForSelector('dialog li:has-text("Mẫu của huyện → Mẫu của tỉnh")')
    await page.click('dialog button.danger')
    await page.waitForSelector('details .note:has-text("Mẫu của tỉnh")')
    await page.click('button:has-text("Lấy lại")')
    await page.waitForSelector('details button:has-text("Mẫu của tỉnh")')
  })
  go('duty_officer', 'a value lost to somebody else is counted on Today and seen with the one kept', async (page, ids) => {
    const kept = await page.evaluate(async id => {
      const now = await (await fetch(`/api/records/case/${id}`)).json()
      const write = severity => fetch(`/api/records/case/${id}`, { method: 'PATCH', headers: { 'X-Cordon': '1', 'If-Match': `"${now.version}"`, 'Content-Type': 'application/json' }, body: JSON.stringify({ severity }) })
      await write('moderate')
      await write('critical')
      return (await (await fetch(`/api/records/case/${id}`)).json()).severity
    }, ids.case)
    const words = ['Trung bình', 'Nguy kịch']
    const [stays, lost] = kept === 'critical' ? words.reverse() : words
    await page.goto(`${base}/#/today?on=${DAY}`)
    await page.reload()
    await page.waitForSelector('a.level .unsure:has-text("chưa kiểm chứng")')
    await page.waitForSelector('svg.chart path.onset')
    await page.click('.decisions a:has-text("Giá trị bị mất")')
    await page.waitForSelector(`tbody tr:has(td[data-label="Giá trị giữ"]:has-text("${stays}")):has(td[data-label="Giá trị mất"]:has-text("${lost}"))`)
    await settle(page)
    empty(await violations(page), 'accessibility of the list of conflicts')
    await shot(page, 'real-conflicts')
    await page.click('tbody tr a:has-text("Mở bản ghi") >> nth=0')
    await page.waitForURL(new RegExp(`#/case/${ids.case}`))
  })
  go('administrator', 'the audit tells who signed in, newest first, back to the beginning', async page => {
    await page.click('nav a[href="#/audit"]')
    await page.waitForSelector('tbody tr')
    const numbers = await page.$$eval('tbody td:last-child', c => c.map(x => Number(x.textContent.replaceAll('.', ''))))
    equal(JSON.stringify(numbers), JSON.stringify([...numbers].sort((a, b) => b - a)), 'newest first')
    await page.fill('#audit-q', 'dang nhap')
    await page.waitForFunction(() => { const r = [...document.querySelectorAll('tbody tr')]; return r.length > 0 && r.every(x => x.textContent.includes('Đăng nhập')) })
    await page.fill('#audit-q', '')
    for (let i = 0; i < 30 && await page.$('button:has-text("Tải các dòng cũ hơn")'); i++) {
      await page.click('button:has-text("Tải các dòng cũ hơn")')
      await page.waitForFunction(() => !document.querySelector('section.card button[disabled]'))
    }
    await page.waitForSelector('text=Đã đến đầu nhật ký')
  })
  go('duty_officer', 'a change made elsewhere appears without reloading', async (page, ids) => {
    await page.goto(`${base}/#/case/${ids.case}`)
    await page.waitForSelector('.dot.on')
    await page.evaluate(id => fetch(`/api/records/case/${id}`, { method: 'PATCH', headers: { 'X-Cordon': '1', 'Content-Type': 'application/json' }, body: JSON.stringify({ variant: 'thử trực tiếp' }) }), ids.case)
    await page.waitForSelector('dd:has-text("thử trực tiếp")')
  })
  go('observer', 'somebody who may only look sees no names and no buttons that write', async page => {
    await page.goto(`${base}/#/cases`)
    await page.waitForSelector('tbody tr')
    equal(await page.$$eval('tbody a[href^="#/person/"]', a => a.every(x => x.textContent === '•••')), true, 'names are masked')
    equal(await page.$('a:has-text("Thêm ca bệnh")'), null, 'the button for a new case')
    equal(await page.$('nav a[href="#/import"]'), null, 'the import page')
  })
  go('duty_officer', 'the outbreak of the demo is a signal: from Today to its evidence, acknowledged', async page => {
    await page.click('.decisions a[href^="#/signals"]')
    await page.waitForSelector('tbody tr')
    await page.click('tbody tr:has-text("Thành phố") a')
    await page.waitForSelector('svg.chart text.mark')
    await settle(page)
    await page.click('button:has-text("Tiếp nhận")')
    await page.fill('#signal-note', 'giao đội cơ động')
    await page.click('dialog form button.main')
    await page.waitForSelector('.badge:has-text("Đã tiếp nhận")')
    await page.waitForSelector('.log li:has-text("giao đội cơ động")')
    await page.goto(`${base}/#/signals?level=lowest&on=${DAY}`)
    await page.waitForSelector('svg.chart rect.c4')
    await settle(page)
    empty(await violations(page), 'accessibility')
    await shot(page, 'real-signals')
  })
  go('duty_officer', 'a shipped scenario is thinned, run in the background, and its figures shown', async page => {
    await page.goto(`${base}/#/scenarios?tab=new&base=dien-bien-directives`)
    await page.waitForSelector('#lever-title')
    equal(await page.$$eval('form input, form select', a => a.length) > 100, true, 'a field for every lever')
    await page.fill('#lever-title', 'Thử nghiệm nhỏ')
    await page.fill('#lever-days', '0')
    await page.fill('#scen-runs', '3')
    await page.fill('#lever-base-scale', '0,02')
    await page.click('form button.main')
    await page.waitForSelector('#lever-days-wrong')
    await page.fill('#lever-days', '25')
    await page.click('form button.main')
    await page.waitForSelector('tr:has-text("Thử nghiệm nhỏ") .badge:has-text("Đã xong")', { timeout: 60000 })
    await page.waitForSelector('.side svg.chart')
    await page.waitForSelector('svg.chart[role="img"]')
    await settle(page)
    empty(await violations(page), 'accessibility')
    await shot(page, 'real-scenarios')
  })
  go('duty_officer', 'the outbreak of the demo is a likely cluster, on the map and in the table', async page => {
    await page.goto(`${base}/#/clusters?on=${DAY}&runs=99`)
    await page.waitForSelector('tbody tr:nth-child(1) .badge:has-text("rõ")', { timeout: 30000 })
    await settle(page)
    equal(await page.$$eval('svg.chart .l4', a => a.length) > 0, true, 'units of the cluster on the map')
    empty(await violations(page), 'accessibility')
    await shot(page, 'real-clusters')
  })
}
