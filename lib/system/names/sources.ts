// The parts of a machine that names are found with; each runtime gives its own.
import type { Address } from '../../model/address.ts'

/** Addresses beyond this count are not asked for: a list of any size takes bounded memory. */
export const MOST_NAMES = 32_768

/** A host's IPv4 address, or the reason why it is not known. */
export type HostAddress = { readonly address: Address } | { readonly failure: 'unknown' | 'no-answer' }

export interface NameSources {
  /** A whole file; throws when it cannot be read. */
  readFile(path: string): Uint8Array
  /** A UDP socket that is connected to a name server. An address without a route to it makes `fail` be called. */
  connect(address: string, port: number, events: DatagramEvents): DatagramSocket
  /** A random integer from 0 to 65535, which others cannot guess. */
  randomId(): number
  /** The C library's resolver, for sources that only it can ask. Without it they are left out. */
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
  /** Called before the first look-up of that many at a time. */
  prepare(count: number): void
  /** The IPv4 address of a host; null: there is none; undefined: the resolver did not answer. */
  address(host: string): Promise<Address | null | undefined>
  /** The name of an address, if it has one. */
  name(address: Address): Promise<string | undefined>
}
