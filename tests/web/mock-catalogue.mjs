// SPDX-License-Identifier: AGPL-3.0-or-later
// The catalogue read from src/catalogue/kinds.def, in the form of GET /api/catalogue.
import { readFileSync } from 'node:fs'

const TYPES = { TEXT: 'text', WORD: 'word', INT: 'integer', REAL: 'number', BOOL: 'boolean', DATE: 'date', INSTANT: 'instant', REF: 'ref', UNIT: 'unit', JSON: 'json' }
const string = '"((?:[^"\\\\]|\\\\.)*)"'
let made = null

export function catalogue() {
  if (made) return made
  const lists = {}, kinds = []
  let list = null, kind = null
  for (const line of readFileSync(new URL('../../src/catalogue/kinds.def', import.meta.url), 'utf8').split('\n')) {
    let m
    if ((m = /^LIST\((\w+)\)/.exec(line))) lists[m[1]] = list = []
    else if ((m = new RegExp(`^ENTRY\\(${string}, ${string}, ${string}\\)`).exec(line))) list.push({ word: m[1], vi: m[2], en: m[3] })
    else if ((m = new RegExp(`^KIND\\(\\w+, ${string}, ${string}, \\d+, (\\d), ${string}, ${string}, ${string}, ${string}\\)`).exec(line))) {
      kind = { name: m[1], plural: m[2], label: { vi: m[4], en: m[5] }, help: { vi: m[6], en: m[7] },
        fields: [{ name: 'unit', type: 'unit', label: { vi: 'Đơn vị', en: 'Unit' }, help: { vi: '', en: '' }, list: true }] }
      if (m[3] === '0' || m[1] === 'user') kinds.push(kind)
    } else if ((m = new RegExp(`^FIELD\\(\\w+, \\w+, ${string}, \\d+, (\\w+), ([^"]*), ${string}, ${string}, ${string}, ${string}, ${string}\\)`).exec(line))) {
      const [, name, type, flags, spec, vi, en, hvi, hen] = m
      const range = /^(-?[\d.]+)\.\.(-?[\d.]+) ?(.*)$/.exec(spec)
      kind.fields.push({ name, type: TYPES[type], label: { vi, en }, help: { vi: hvi, en: hen }, required: flags.includes('REQUIRED'), list: flags.includes('_LIST'),
        personal: flags.includes('PERSONAL'), long: flags.includes('LONG'), system: flags.includes('SYSTEM'),
        ...(spec.startsWith('list=') ? { words: lists[spec.slice(5)] } : {}), ...(spec.startsWith('ref=') ? { ref: spec.slice(4) } : {}),
        ...(range ? { min: Number(range[1]), max: Number(range[2]), measure: range[3] } : {}) })
    }
  }
  const bare = kinds.flatMap(k => k.fields.filter(f => f.type === 'word' && !f.words?.length).map(f => `${k.name}.${f.name}`))
  if (bare.length || !kinds.length) throw new Error(`kinds.def was not understood: ${bare}`)
  return (made = { kinds })
}
