// The interface of a netlink socket: datagrams out, datagrams in. The payload is opaque at this layer.
import { errnoName, TransportError } from '../model/errors.ts'

/** The protocols that are used here, with their numbers (linux/netlink.h). */
export const NETLINK_PROTOCOL = { route: 0, generic: 16 } as const
export type NetlinkProtocol = keyof typeof NETLINK_PROTOCOL

/** A bound netlink socket. Every method fails with a TransportError. */
export interface Transport {
  /** The socket's own netlink port id, which the kernel's replies carry. */
  readonly port: number
  /** Sends one datagram to the kernel, whole. The bytes may be reused when it returns. */
  send(datagram: Uint8Array): void
  /**
   * The next datagram from the kernel, in order of arrival; whole, and valid until the next call. It comes at once
   * where it can: the kernel has mostly answered before `send` returns. The caller gives up waiting for a promise
   * after its own time; only a transport that blocks has to keep ANSWER_TIMEOUT itself. Datagrams of another sender
   * than the kernel (`nl_pid` is not 0) are left out.
   */
  receive(): Uint8Array | Promise<Uint8Array>
  /** Closes the socket. Calls that are under way, and all later ones but `close`, fail. */
  close(): void
}

/** The default time that an answer may take, in milliseconds: a scheduler's module may have to be loaded first. */
export const ANSWER_TIMEOUT = 30_000

/** The size of a receive buffer: the kernel's datagrams have 32 KiB at the most (netlink_dump in af_netlink.c). */
export const RECEIVE_BUFFER = 32 * 1024

/** The error of a call on a closed socket. */
export const closedError = () => new TransportError('the connection is closed', 'CLOSED')

/** A socket's error as a TransportError. */
export function transportError(what: string, error: unknown): TransportError {
  const { code, errno } = error as { code?: unknown; errno?: unknown }
  const name = typeof code === 'string' ? code : errnoName(typeof errno === 'number' ? Math.abs(errno) : 0)
  return new TransportError(`${what}: ${name}`, name)
}
