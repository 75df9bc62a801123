// Dots of one size that would lie on each other, drawn apart: each near its place, the same for the same places.
export interface Dot { x: number; y: number; from: [number, number]; shared: number }
const GOLDEN = Math.PI * (3 - Math.sqrt(5)), STEPS = 200

/** `shared`: how many have this very place. Those begin around it as seeds of a sunflower stand; then whoever touches another is pushed. */
export function apart(places: [number, number][], radius: number, width: number, height: number): Dot[] {
  const key = (p: [number, number]) => p.map(v => v.toFixed(1)).join()
  const shared = new Map<string, number>(), seen = new Map<string, number>()
  for (const p of places) shared.set(key(p), (shared.get(key(p)) ?? 0) + 1)
  const least = 2 * radius + 1
  const within = (v: number, most: number) => Math.max(radius + 1, Math.min(Math.max(most - radius - 1, radius + 1), v))
  const dots = places.map((p): Dot => {
    const k = seen.get(key(p)) ?? 0, far = 0.6 * least * Math.sqrt(k)
    seen.set(key(p), k + 1)
    return { x: within(p[0] + far * Math.cos(k * GOLDEN), width), y: within(p[1] + far * Math.sin(k * GOLDEN), height), from: p, shared: shared.get(key(p))! }
  })
  for (let step = 0, moved = true; moved && step < STEPS; step++) {
    moved = false
    for (let i = 0; i < dots.length; i++) for (let j = 0; j < i; j++) {
      const a = dots[i]!, b = dots[j]!, dx = a.x - b.x, dy = a.y - b.y, d = Math.hypot(dx, dy)
      if (d >= least - 0.01) continue
      const push = (least - d) / 2, [ux, uy] = d > 0.01 ? [dx / d, dy / d] : [Math.cos(i * GOLDEN), Math.sin(i * GOLDEN)]
      a.x = within(a.x + push * ux, width); a.y = within(a.y + push * uy, height)
      b.x = within(b.x - push * ux, width); b.y = within(b.y - push * uy, height)
      moved = true
    }
  }
  return dots
}
