// Files made in the browser: texts, and charts as SVG or PNG with their colours written into the drawing.
export function saveBlob(blob: Blob, name: string) {
  const a = document.createElement('a')
  a.href = URL.createObjectURL(blob)
  a.download = name
  a.click()
  setTimeout(() => URL.revokeObjectURL(a.href), 10_000)
}
export const saveText = (text: string, name: string, type = 'text/csv;charset=utf-8') =>
  saveBlob(new Blob([text], { type }), name)

const PAINT = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'font-size', 'font-weight', 'font-family', 'text-anchor', 'opacity']
export function svgText(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement
  const from = [svg, ...svg.querySelectorAll<SVGElement>('*')], to = [copy, ...copy.querySelectorAll<SVGElement>('*')]
  from.forEach((el, i) => {
    const style = getComputedStyle(el), mine = to[i]!
    for (const p of PAINT) { const v = style.getPropertyValue(p); if (v) mine.setAttribute(p, v) }
    mine.removeAttribute('class')
    mine.removeAttribute('style')
  })
  const box = svg.getBoundingClientRect()
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  copy.setAttribute('width', String(Math.round(box.width)))
  copy.setAttribute('height', String(Math.round(box.height)))
  const ground = document.createElementNS('http://www.w3.org/2000/svg', 'rect')
  ground.setAttribute('width', '100%')
  ground.setAttribute('height', '100%')
  ground.setAttribute('fill', getComputedStyle(document.documentElement).getPropertyValue('--paper').trim() || '#fff')
  copy.insertBefore(ground, copy.firstChild)
  return new XMLSerializer().serializeToString(copy)
}
export const saveSvg = (svg: SVGSVGElement, name: string) => saveText(svgText(svg), name + '.svg', 'image/svg+xml')

export async function savePng(svg: SVGSVGElement, name: string, scale = 2): Promise<void> {
  const box = svg.getBoundingClientRect()
  const address = URL.createObjectURL(new Blob([svgText(svg)], { type: 'image/svg+xml' }))
  try {
    const image = new Image()
    image.src = address
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = Math.round(box.width * scale)
    canvas.height = Math.round(box.height * scale)
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
    const blob = await new Promise<Blob | null>(done => canvas.toBlob(done, 'image/png'))
    if (blob) saveBlob(blob, name + '.png')
  } finally { URL.revokeObjectURL(address) }
}
