// Trial TCP connections, which are closed at once.
import { connect } from 'node:net'
import type { Address } from '../../model/address.ts'
import { ETIMEDOUT } from '../../model/errors.ts'

export function connectTcp(host: Address, port: number, milliseconds: number): Promise<number> {
  return new Promise((resolve) => {
    const end = (errno: number) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(errno)
    }
    const timer = setTimeout(() => end(ETIMEDOUT), milliseconds)
    const socket = connect({ host, port })
    socket.on('connect', () => end(0))
    socket.on('error', ({ errno = 0 }: NodeJS.ErrnoException) => end(Math.abs(errno)))
  })
}
