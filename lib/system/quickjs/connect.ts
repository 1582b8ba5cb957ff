// Trial TCP connections by the C host, which are closed at once.
import { close, socketError, tcpSocket } from 'host'
import { type Address, addressToBytes } from '../../model/address.ts'
import { ETIMEDOUT } from '../../model/errors.ts'
import { clearTimer, setTimer, WRITABLE, watch } from './event-loop.ts'

export function connectTcp(address: Address, port: number, milliseconds: number): Promise<number> {
  const descriptor = tcpSocket(addressToBytes(address), port)
  if (descriptor < 0) return Promise.resolve(-descriptor)
  return new Promise((resolve) => {
    const end = (errno: number) => {
      clearTimer(timer)
      unwatch()
      close(descriptor)
      resolve(errno)
    }
    const timer = setTimer(() => end(ETIMEDOUT), milliseconds)
    const unwatch = watch(descriptor, () => end(Math.abs(socketError(descriptor))), WRITABLE)
  })
}
