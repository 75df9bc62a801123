// An answer of the server with its states. Asked again when anything read in `ask` changes, and on live changes.
import { untrack } from 'svelte'
import { app } from './app.svelte.ts'

export interface Resource<T> {
  readonly value: T | undefined; readonly error: unknown; readonly busy: boolean; again: () => void
}

/** `ask` returns null when there is nothing to ask yet. The old answer stays while a new one is on its way. */
export function resource<T>(ask: (signal: AbortSignal) => Promise<T> | null, live = true): Resource<T> {
  let value = $state.raw<T | undefined>(undefined)
  let error = $state.raw<unknown>(undefined)
  let busy = $state(true)
  let turn = $state(0)
  $effect(() => {
    void turn
    if (live) void app.tick
    const stop = new AbortController()
    const answer = ask(stop.signal)
    if (!answer) { value = undefined; busy = false; return }
    busy = true
    answer.then(
      v => { if (!stop.signal.aborted) { value = v; error = undefined; busy = false } },
      (e: unknown) => { if (!stop.signal.aborted) { error = e; busy = false } })
    return () => stop.abort()
  })
  return {
    get value() { return value }, get error() { return error }, get busy() { return busy },
    again() { untrack(() => { turn++ }) },
  }
}
