// The event loop: timers and descriptors.
import { now, poll, setWaiter } from 'host'

/** poll.h */
export const READABLE = 1
export const WRITABLE = 4
const FIELDS = 3
/** The longest timeout of poll, in milliseconds. */
const LONGEST = 2 ** 31 - 1

interface Timer {
  readonly due: number
  readonly callback: () => void
}

/** Timers in the order of their times. */
const timers: Timer[] = []
const watched = new Map<number, { readonly callback: () => void; readonly events: number }>()

/** Calls `callback` once, after this many milliseconds. */
export function setTimer(callback: () => void, delay = 0): Timer {
  const timer = { due: now() + Math.max(delay, 0), callback }
  let at = timers.length
  while (at > 0 && timers[at - 1]!.due > timer.due) at--
  timers.splice(at, 0, timer)
  return timer
}

export function clearTimer(timer: Timer | undefined): void {
  const at = timer === undefined ? -1 : timers.indexOf(timer)
  if (at >= 0) timers.splice(at, 1)
}

/** Calls `callback` whenever the descriptor can be read, or written to, until the returned function is called. */
export function watch(descriptor: number, callback: () => void, events = READABLE): () => void {
  const entry = { callback, events }
  watched.set(descriptor, entry)
  return () => {
    if (watched.get(descriptor) === entry) watched.delete(descriptor)
  }
}

/** Waits for the next event and handles it; false if nothing is pending. */
function turn(): boolean {
  if (timers.length === 0 && watched.size === 0) return false
  const entries = new Int32Array(FIELDS * watched.size)
  let at = 0
  for (const [descriptor, { events }] of watched) {
    entries[at] = descriptor
    entries[at + 1] = events
    at += FIELDS
  }
  const next = timers[0]
  const rest = next === undefined ? -1 : Math.min(Math.max(Math.ceil(next.due - now()), 0), LONGEST)
  poll(entries, rest)
  for (let i = 0; i < entries.length; i += FIELDS) {
    if (entries[i + 2] !== 0) watched.get(entries[i]!)?.callback()
  }
  // A timer set by a callback waits for the next turn, so that timers cannot delay events indefinitely.
  const time = now()
  let due = 0
  while (due < timers.length && timers[due]!.due <= time) due++
  for (const { callback } of timers.splice(0, due)) callback()
  return true
}

/** Calls `callback` as the first event, when the modules of a start are evaluated. */
export function onStart(callback: () => void): void {
  setWaiter(() => {
    setWaiter(turn)
    callback()
    return true
  })
}

setWaiter(turn)
