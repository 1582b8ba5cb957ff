// Puts datagrams to a fake kernel and gathers what comes back, for the fake's own tests.

import type { Transport } from '../../../lib/netlink/transport.ts'
import type { FakeKernel } from './fake-kernel.ts'
import { datagram } from './request-builder.ts'

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** The datagrams that arrive without another request, as hex; the socket is unusable afterwards. */
export async function drain(transport: Transport): Promise<string[]> {
  const replies: string[] = []
  for (;;) {
    const late = new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)))
    const reply = await Promise.race([transport.receive(), late])
    if (!reply) return replies
    replies.push(hex(reply))
  }
}

export async function ask(kernel: FakeKernel, ...messages: readonly Uint8Array[]): Promise<string[]> {
  const transport = kernel.connect()
  transport.send(datagram(...messages))
  return drain(transport)
}

/** The errno of every acknowledgement, 0 for success. */
export async function errnos(kernel: FakeKernel, ...messages: readonly Uint8Array[]): Promise<number[]> {
  const replies = await ask(kernel, ...messages)
  return replies
    .map((reply) => Buffer.from(reply, 'hex'))
    .filter((reply) => reply.readUInt16LE(4) === 2)
    .map((reply) => 0 - reply.readInt32LE(16))
}
