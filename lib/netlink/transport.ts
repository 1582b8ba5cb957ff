// The interface of a netlink socket: datagrams out, datagrams in. The payload is opaque at this layer.
import { errnoName, TransportError } from '../model/errors.ts'

/** The protocols in use, with their numbers (linux/netlink.h). */
export const NETLINK_PROTOCOL = { route: 0, generic: 16 } as const
export type NetlinkProtocol = keyof typeof NETLINK_PROTOCOL

/** A bound netlink socket. Every method fails with a TransportError. */
export interface Transport {
  /** The socket's netlink port id, which the kernel's replies carry. */
  readonly port: number
  /** Sends one whole datagram to the kernel. The bytes may be reused after the call. */
  send(datagram: Uint8Array): void
  /**
   * The next datagram from the kernel, in order of arrival; whole, and valid until the next call. Returned at once
   * if possible: usually the kernel has answered before `send` returns. For a promise the caller has its own timeout;
   * a transport that blocks must apply ANSWER_TIMEOUT. Skips datagrams of senders other than the kernel
   * (`nl_pid` is not 0).
   */
  receive(): Uint8Array | Promise<Uint8Array>
  /** Closes the socket. Pending calls, and all later ones except `close`, fail. */
  close(): void
}

/** The default time to wait for an answer, in milliseconds: the kernel may have to load a scheduler's module first. */
export const ANSWER_TIMEOUT = 30_000

/** The size of a receive buffer: the kernel's datagrams have at most 32 KiB (netlink_dump in af_netlink.c). */
export const RECEIVE_BUFFER = 32 * 1024

/** The error of a call on a closed socket. */
export const closedError = () => new TransportError('the connection is closed', 'CLOSED')

/** A socket's error as a TransportError. */
export function transportError(what: string, error: unknown): TransportError {
  const { code, errno } = error as { code?: unknown; errno?: unknown }
  const name = typeof code === 'string' ? code : errnoName(typeof errno === 'number' ? Math.abs(errno) : 0)
  return new TransportError(`${what}: ${name}`, name)
}
