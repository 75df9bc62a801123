// SPDX-License-Identifier: AGPL-3.0-or-later
// As much of JSON Schema as the description uses.
const typeOf = v => v === null ? 'null' : Array.isArray(v) ? 'array' : Number.isInteger(v) ? 'integer' : typeof v

export function check(doc, schema, value, at = '$', errors = []) {
  if (schema.$ref) {
    const target = schema.$ref.replace('#/', '').split('/').reduce((o, k) => o?.[k], doc)
    if (!target) errors.push(`${at}: ${schema.$ref} leads nowhere`)
    else check(doc, target, value, at, errors)
    return errors
  }
  if (schema.anyOf) {
    const tries = schema.anyOf.map(s => check(doc, s, value, at))
    if (tries.every(e => e.length)) errors.push(...tries[0])
    return errors
  }
  if (schema.type) {
    const types = [schema.type].flat(), t = typeOf(value)
    if (!types.includes(t) && !(t === 'integer' && types.includes('number'))) {
      errors.push(`${at}: is ${t}, should be ${types.join(' or ')}`)
      return errors
    }
  }
  if (value === null) return errors
  if (schema.enum && !schema.enum.includes(value)) errors.push(`${at}: ${value} is not one of its words`)
  if (schema.pattern && typeof value === 'string' && !new RegExp(schema.pattern).test(value)) errors.push(`${at}: does not fit ${schema.pattern}`)
  if (schema.format === 'date' && !/^\d{4}-\d\d-\d\d$/.test(value)) errors.push(`${at}: is no date`)
  if (schema.format === 'date-time' && !/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) errors.push(`${at}: is no instant`)
  if (schema.minimum !== undefined && value < schema.minimum) errors.push(`${at}: below ${schema.minimum}`)
  if (schema.maximum !== undefined && value > schema.maximum) errors.push(`${at}: above ${schema.maximum}`)
  if (Array.isArray(value) && schema.items) value.forEach((v, i) => check(doc, schema.items, v, `${at}[${i}]`, errors))
  if (typeOf(value) === 'object') {
    for (const name of schema.required ?? [])
      if (!(name in value) && !value.masked) errors.push(`${at}: lacks ${name}`)
    for (const [name, v] of Object.entries(value))
      if (schema.properties?.[name]) check(doc, schema.properties[name], v, `${at}.${name}`, errors)
  }
  return errors
}

/** The path item of the description that a real address belongs to; written-out parts win. */
export function pathOf(doc, address) {
  const parts = address.split('?')[0].split('/')
  let best = null, score = -1
  for (const pattern of Object.keys(doc.paths)) {
    const want = pattern.split('/')
    const fixed = want.filter((w, i) => w === parts[i]).length
    const fits = want.length === parts.length && want.every((w, i) => w.startsWith('{') ? parts[i] !== '' : w === parts[i])
    if (fits && fixed > score) { best = pattern; score = fixed }
  }
  return best
}

/** Every $ref in the document with where it stands. */
export function* references(node, at = '$') {
  if (node === null || typeof node !== 'object') return
  if (typeof node.$ref === 'string') yield [node.$ref, at]
  for (const [k, v] of Object.entries(node)) yield* references(v, `${at}.${k}`)
}
