// The lock of the network namespace on Node: a listening socket, through which its holder identifies itself.
import { createServer, connect as dial, type Server, type Socket } from 'node:net'
import { LONGEST_TIMER } from '../../netlink/answer-timer.ts'
import { lockName } from '../lock-name.ts'
import type { Lock, LockOutcome } from '../system.ts'

/** Milliseconds until the next attempt, and for the holder to identify itself. */
const RETRY = 50
const INTRODUCTION = 500
/** The time for it is waited for in parts: a process that is held up for longer loses one of them, and reads what has come. */
const PARTS = 10

/**
 * Acquires the lock of that name, or waits for it.
 * @param holder sent to waiting processes
 * @param wait in seconds
 */
export async function acquireLock(name: string, holder: string, wait: number): Promise<LockOutcome> {
  const path = lockName(name)
  const deadline = performance.now() + wait * 1000
  for (;;) {
    const lock = await listen(path, holder)
    if (lock !== undefined) return { lock }
    const left = deadline - performance.now()
    const waiting = await introduction(path, Math.max(left, 0))
    if (performance.now() >= deadline) return { holder: waiting }
    await sleep(Math.min(RETRY, deadline - performance.now()))
  }
}

const sleep = (time: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.max(time, 0)))

/** The lock; undefined if another process holds the name. */
function listen(path: string, holder: string): Promise<Lock | undefined> {
  return new Promise((resolve, reject) => {
    const guests = new Set<Socket>()
    const server = createServer((guest) => {
      guests.add(guest)
      guest.on('error', () => {})
      guest.on('close', () => guests.delete(guest))
      // The connection stays open; its end signals to the waiting process that the lock is free.
      guest.write(`${holder}\n`)
    })
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen({ path, exclusive: true }, () => resolve({ release: () => release(server, guests) }))
  })
}

function release(server: Server, guests: ReadonlySet<Socket>): void {
  server.close()
  for (const guest of guests) guest.destroy()
}

/** Waits until the holder releases the lock or the time is over. Gives the holder's description. */
function introduction(path: string, time: number): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = dial(path)
    const end = () => {
      clearInterval(timer)
      socket.destroy()
      resolve(text.split('\n', 1)[0]!)
    }
    let left = PARTS
    const part = Math.min(Math.max(time, INTRODUCTION), LONGEST_TIMER) / PARTS
    const timer = setInterval(() => --left === 0 && end(), part)
    socket.setEncoding('utf8')
    socket.on('data', (more: string) => {
      if (text.length < 4096) text += more
      if (time === 0 && text.includes('\n')) end()
    })
    socket.on('error', end)
    socket.on('close', end)
  })
}
