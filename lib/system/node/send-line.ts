// A line to the process that listens on a Unix socket, on Node.
import { connect } from 'node:net'

/** Milliseconds until an answer that does not come is no longer waited for. */
const PATIENCE = 1000

export function sendLine(path: string, line: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(path, () => socket.write(`${line}\n`))
    const end = () => {
      clearTimeout(timer)
      socket.destroy()
      resolve()
    }
    const timer = setTimeout(end, PATIENCE)
    socket.on('data', end)
    socket.on('error', end)
    socket.on('close', end)
  })
}
