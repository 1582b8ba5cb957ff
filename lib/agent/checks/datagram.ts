// One datagram to a server, and those that it sends back, for the kinds of checks that use UDP.
import { createSocket } from 'node:dgram'
import type { CommonPlan } from '../config/config.ts'
import { failure, type UntimedResult } from './check-result.ts'
import type { CheckTarget } from './health-check.ts'

/**
 * Sends the message. The socket is connected: it takes datagrams from the server alone, and an ICMP message that nobody
 * listens there is its error.
 * @returns the function that closes the socket
 */
export function sendDatagram(
  { family, address, port }: CheckTarget,
  { source }: Pick<CommonPlan, 'source'>,
  message: Uint8Array,
  receive: (message: Uint8Array) => void,
  finish: (outcome: UntimedResult) => void,
): () => void {
  const socket = createSocket(family === 'inet' ? 'udp4' : 'udp6')
  const fail = (error: Error) => finish(failure(error))
  let open = true
  socket.on('error', fail)
  socket.on('message', receive)
  const connect = () => {
    if (!open) return
    socket.connect(port, address, (error?: Error) => {
      if (!open) return
      if (error !== undefined && error !== null) fail(error)
      else socket.send(message, (error) => error && fail(error))
    })
  }
  if (source === undefined) connect()
  else socket.bind({ address: source, port: 0 }, connect)
  return () => {
    open = false
    socket.close()
  }
}
