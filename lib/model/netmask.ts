// The granularity of persistence: a dotted mask for IPv4, a prefix length for IPv6.
import { type Address, addressFromBytes, addressToBytes, type Family } from './address.ts'

/** In the notation of the command line: `255.255.0.0` for IPv4, `64` for IPv6. */
export type Netmask = string & { readonly netmask: unique symbol }

/** The kernel's default: a template per client. */
export function hostNetmask(family: Family): Netmask {
  return (family === 'inet' ? '255.255.255.255' : '128') as Netmask
}

export function netmaskFromAddress(address: Address): Netmask {
  return address as string as Netmask
}

/** @param prefix 1 to 128 */
export function netmaskFromPrefix(prefix: number): Netmask {
  return String(prefix) as Netmask
}

/** The payload of IPVS_SVC_ATTR_NETMASK: the mask in network order, or the prefix length in host order. */
export function netmaskToBytes(netmask: Netmask): Uint8Array {
  if (netmask.includes('.')) return addressToBytes(netmask as string as Address)
  return new Uint8Array(Uint32Array.of(Number(netmask)).buffer)
}

export function netmaskFromBytes(bytes: Uint8Array, family: Family, at = 0): Netmask {
  if (family === 'inet') return netmaskFromAddress(addressFromBytes(bytes, family, at))
  const prefix = bytes[at]! + bytes[at + 1]! * 2 ** 8 + bytes[at + 2]! * 2 ** 16 + bytes[at + 3]! * 2 ** 24
  return netmaskFromPrefix(prefix)
}
