// A line to the process that listens on a Unix socket, in the standalone executable.
import { close, read, unixConnect, write } from 'host'
import { EAGAIN } from './calls.ts'
import { clearTimer, setTimer, watch } from './event-loop.ts'

/** Milliseconds until an answer that does not come is no longer waited for. */
const PATIENCE = 1000

export function sendLine(path: string, line: string): Promise<void> {
  const encoder = new TextEncoder()
  const socket = unixConnect(encoder.encode(path))
  if (socket < 0) return Promise.resolve()
  write(socket, encoder.encode(`${line}\n`))
  return new Promise((resolve) => {
    const end = () => {
      clearTimer(timer)
      unwatch()
      close(socket)
      resolve()
    }
    const timer = setTimer(end, PATIENCE)
    const unwatch = watch(socket, () => {
      if (read(socket, new Uint8Array(1024)) !== EAGAIN) end()
    })
  })
}
