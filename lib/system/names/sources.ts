// The parts of a machine for name look-ups, implemented by each runtime.
import type { Address } from '../../model/address.ts'

/** The maximum number of addresses to look up, which bounds the memory for any list. */
export const MOST_NAMES = 32_768

/** A host's IPv4 address, or the reason why it is unknown. */
export type HostAddress = { readonly address: Address } | { readonly failure: 'unknown' | 'no-answer' }

export interface NameSources {
  /** A whole file; throws when it cannot be read. */
  readFile(path: string): Uint8Array
  /**
   * A UDP socket connected to a name server. Calls `fail` if there is no route to the address, or no server.
   * @param address a zone may follow an IPv6 address: `fe80::1%eth0`
   */
  connect(address: string, port: number, events: DatagramEvents): DatagramSocket
  /** An unpredictable random integer from 0 to 65535. */
  randomId(): number
  /** The C library's resolver, for sources that only it can use. Without it they are skipped. */
  readonly library?: LibraryResolver
}

export interface DatagramEvents {
  receive(message: Uint8Array): void
  fail(): void
}

export interface DatagramSocket {
  /** Resolves when the socket is connected or has failed. Never rejects. */
  readonly ready: Promise<void>
  send(message: Uint8Array): void
  close(): void
}

export interface LibraryResolver {
  /** Called before the first of this many look-ups. */
  prepare(count: number): void
  /** The IPv4 address of a host; null: there is none; undefined: the resolver did not answer. */
  address(host: string): Promise<Address | null | undefined>
  /** The name of an address, if it has one. */
  name(address: Address): Promise<string | undefined>
}
