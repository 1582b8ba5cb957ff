// A lock of the network namespace: an abstract Unix socket. It needs no file and is gone with its process.
import { createServer, connect as dial, type Server, type Socket } from 'node:net'
import type { Lock, LockOutcome } from './system.ts'

/** How long to wait before the name is tried again, and how long the holder may take to say who it is: milliseconds. */
const RETRY = 50
const INTRODUCTION = 500

/**
 * Takes the lock of that name, or waits for it.
 * @param holder what this process says to those who wait
 * @param wait in seconds
 */
export async function acquireLock(name: string, holder: string, wait: number): Promise<LockOutcome> {
  const deadline = performance.now() + wait * 1000
  for (;;) {
    const lock = await listen(`\0${name}`, holder)
    if (lock !== undefined) return { lock }
    const left = deadline - performance.now()
    const waiting = await whoHolds(`\0${name}`, Math.max(left, 0))
    if (performance.now() >= deadline) return { holder: waiting }
    await sleep(Math.min(RETRY, deadline - performance.now()))
  }
}

const sleep = (time: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.max(time, 0)))

/** Undefined: somebody else has the name. */
function listen(path: string, holder: string): Promise<Lock | undefined> {
  return new Promise((resolve, reject) => {
    const guests = new Set<Socket>()
    const server = createServer((guest) => {
      guests.add(guest)
      guest.on('error', () => {})
      guest.on('close', () => guests.delete(guest))
      // The connection stays open: its end tells the guest that the lock is free.
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

/** Waits until the holder lets go, or until the time is over; what the holder said of itself. */
function whoHolds(path: string, time: number): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    const socket = dial(path)
    const end = () => {
      clearTimeout(timer)
      socket.destroy()
      resolve(said.split('\n', 1)[0]!)
    }
    const timer = setTimeout(end, Math.max(time, INTRODUCTION))
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      if (said.length < 4096) said += text
      if (time === 0 && said.includes('\n')) end()
    })
    socket.on('error', end)
    socket.on('close', end)
  })
}
