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
   * The next datagram from the kernel, in order of arrival; each one whole, never cut, and valid until the next
   * call. It comes at once where it can: the kernel has mostly answered before `send` returns. Who waits for a
   * promise of it gives up after ANSWER_TIMEOUT; only a transport that blocks has to keep that time itself.
   */
  receive(): Uint8Array | Promise<Uint8Array>
  close(): void
}

/** How long an answer may take, in milliseconds: a scheduler's module may have to be loaded first. */
export const ANSWER_TIMEOUT = 30_000

/** Holds more than any datagram of the kernel's: a dump's are 32 KiB at the most (netlink_dump in af_netlink.c). */
export const RECEIVE_BUFFER = 32 * 1024

/** What a socket threw, as a TransportError. */
export function transportError(what: string, error: unknown): TransportError {
  const { code, errno } = error as { code?: unknown; errno?: unknown }
  const name = typeof code === 'string' ? code : errnoName(typeof errno === 'number' ? Math.abs(errno) : 0)
  return new TransportError(`${what}: ${name}`, name)
}
