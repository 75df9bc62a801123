// Server-sent events: "data changed" and "job moved". The browser reconnects by itself.
export interface Changed { kind?: string; seq?: number }

export function listen(changed: (c: Changed) => void, job: (j: Record<string, unknown>) => void,
  state: (on: boolean) => void): () => void {
  const source = new EventSource('/api/events')
  const read = (e: Event): Record<string, unknown> => {
    try { return JSON.parse((e as MessageEvent<string>).data) as Record<string, unknown> } catch { return {} }
  }
  source.addEventListener('open', () => state(true))
  source.addEventListener('error', () => state(false))
  source.addEventListener('changed', e => changed(read(e) as Changed))
  source.addEventListener('job', e => job(read(e)))
  return () => source.close()
}
