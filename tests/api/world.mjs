// SPDX-License-Identifier: AGPL-3.0-or-later
// People of two communes and one province, and a record of every kind that can be made, all through the API.
import { as } from './server.mjs'

export const PASSWORD = 'a long test password'
const OWN_ACTS = ['level', 'progress', 'conflict', 'directive', 'assignment', 'signal']
export const today = new Date(Date.now() + 7 * 3600e3).toISOString().slice(0, 10)

export async function user(world, server, login, role, unit) {
  const made = await world.admin.ask('POST', '/api/users', { body: { login, name: `Test ${login}`, role, unit, password: PASSWORD } })
  if (made.status !== 201) throw new Error(`user ${login}: ${made.text}`)
  const session = await as(server, '').ask('POST', '/api/login', { body: { login, password: PASSWORD } })
  if (session.status !== 200) throw new Error(`login ${login}: ${session.text}`)
  return Object.assign(as(server, session.json.token), { id: made.json.id, login })
}

function value(field, made, mark) {
  switch (field.type) {
  case 'text': return field.max_bytes && field.max_bytes < mark.length ? mark.slice(-field.max_bytes) : mark
  case 'word': return field.words[0].word
  case 'integer': case 'number': return field.min ?? 1
  case 'boolean': return true
  case 'date': return today
  case 'instant': return '2026-01-01T00:00:00Z'
  case 'json': return {}
  default: return made[field.ref]
  }
}

/** One record of each kind in a unit; every text carries the mark. Kinds whose references exist come first. */
export async function records(world, who, unit, mark) {
  const made = {}, problems = []
  let left = world.kinds.filter(k => !k.internal && !OWN_ACTS.includes(k.name))
  for (let round = 0; left.length && round < 8; round++) {
    const later = []
    for (const kind of left) {
      const wanted = kind.fields.filter(f => f.name !== 'unit' && !f.system &&
        (f.required || (f.type === 'text' && !/code|phone|document|email/.test(f.name))))
      if (wanted.some(f => f.type === 'ref' && f.required && !made[f.ref])) { later.push(kind); continue }
      const body = { unit }
      for (const f of wanted) body[f.name] = value(f, made, mark)
      const a = await who.ask('POST', `/api/records/${kind.name}`, { body })
      if (a.status === 201) made[kind.name] = a.json.id
      else problems.push(`${kind.name}: ${a.text}`)
    }
    if (later.length === left.length) break
    left = later
  }
  return { made, problems: [...problems, ...left.map(k => `${k.name}: its references were never made`)] }
}

export const directive = mark => `ỦY BAN NHÂN DÂN\nPHƯỜNG THỬ NGHIỆM\n-------\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n---------------\nSố: 77/UBND-VX\nThử Nghiệm, ngày 20 tháng 11 năm 2026\nV/v thử nghiệm ${mark}\n\nKính gửi:\n- Trạm Y tế phường;\n- Công an phường.\n\nỦy ban nhân dân phường yêu cầu:\n1. Trạm Y tế phường rà soát danh sách ${mark}.\n2. Công an phường kiểm tra chốt.\n\nNơi nhận:\n- Như trên;\n- Lưu: VT.\n\nKT. CHỦ TỊCH\nPHÓ CHỦ TỊCH\n`
