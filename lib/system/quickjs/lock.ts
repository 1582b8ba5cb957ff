// The lock of the network namespace: a listening socket, through which its holder identifies itself.
import { accept, close, read, unixConnect, unixListen, write } from 'host'
import { lockName } from '../lock-name.ts'
import type { Lock, LockOutcome } from '../system.ts'
import { EAGAIN, systemError } from './calls.ts'
import { clearTimer, setTimer, watch } from './event-loop.ts'

/** Milliseconds until the next attempt, and for the holder to identify itself. */
const RETRY = 50
const INTRODUCTION = 500
const LONGEST_INTRODUCTION = 4096

const EADDRINUSE = -98

/**
 * Acquires the lock of that name, or waits for it.
 * @param holder sent to waiting processes
 * @param wait in seconds
 */
export async function acquireLock(name: string, holder: string, wait: number): Promise<LockOutcome> {
  // The host adds the NUL that makes the name abstract.
  const address = new TextEncoder().encode(lockName(name).slice(1))
  const deadline = performance.now() + wait * 1000
  for (;;) {
    const lock = listen(address, holder)
    if (lock !== undefined) return { lock }
    const waiting = await introduction(address, Math.max(deadline - performance.now(), 0))
    if (performance.now() >= deadline) return { holder: waiting }
    await sleep(Math.min(RETRY, deadline - performance.now()))
  }
}

const sleep = (time: number) => new Promise<void>((resolve) => setTimer(resolve, time))

/** The lock; undefined if another process holds the name. */
function listen(address: Uint8Array, holder: string): Lock | undefined {
  const socket = unixListen(address)
  if (socket === EADDRINUSE) return undefined
  if (socket < 0) throw systemError('listen', socket)
  // The connections stay open; their end signals to waiting processes that the lock is free.
  const guests = new Set<() => void>()
  const unwatch = watch(socket, () => {
    const guest = accept(socket)
    // Without a descriptor for it, it would be ready for ever. It learns from the end of the socket that the lock is free.
    if (guest < 0 && guest !== EAGAIN) unwatch()
    if (guest < 0) return
    write(guest, new TextEncoder().encode(`${holder}\n`))
    const end = () => {
      unheard()
      guests.delete(end)
      close(guest)
    }
    // A guest says nothing: it ends.
    const unheard = watch(guest, end)
    guests.add(end)
  })
  return {
    release() {
      unwatch()
      close(socket)
      for (const end of guests) end()
    },
  }
}

/** Waits until the holder releases the lock or the time is over. Gives the holder's description. */
function introduction(address: Uint8Array, time: number): Promise<string> {
  const socket = unixConnect(address)
  if (socket < 0) return Promise.resolve('')
  return new Promise((resolve) => {
    let text = ''
    const block = new Uint8Array(LONGEST_INTRODUCTION)
    const end = () => {
      clearTimer(timer)
      unwatch()
      close(socket)
      resolve(text.split('\n', 1)[0]!)
    }
    const timer = setTimer(end, Math.max(time, INTRODUCTION))
    const unwatch = watch(socket, () => {
      const count = read(socket, block)
      if (count === EAGAIN) return
      if (count <= 0) return end()
      if (text.length < LONGEST_INTRODUCTION) text += new TextDecoder().decode(block.subarray(0, count))
      if (time === 0 && text.includes('\n')) end()
    })
  })
}
